#include "host/plugin/manifest.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "host/base/text.h"
#include "host/net/signing.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
namespace json = boost::json;

bool IsPluginId(std::string_view id) {
  if (id.size() < 2 || id.size() > 32 || !absl::ascii_islower(id[0])) return false;
  for (const char c : id) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-' && c != '_') return false;
  }
  return true;
}

bool IsVersion(const std::string& version) {
  // As semver.org has it: no number has a zero before it, so that two texts are never the same version.
  static constexpr const char* kPattern =
      R"((0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))"
      R"((\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?)";
  constexpr size_t kLongest = 60;
  static const std::regex kForm(kPattern);  // costs more to make than all its matches
  return version.size() <= kLongest && std::regex_match(version, kForm);
}

bool IsContractId(const std::string& id) {
  static constexpr const char* kPattern = R"([a-z][a-z0-9_]{0,62}/[1-9][0-9]{0,5})";
  static const std::regex kForm(kPattern);
  return std::regex_match(id, kForm);
}

// Adds a finding when `name` was seen before.
void CheckUnique(std::set<std::string>& seen, const std::string& name, const std::string& field,
                 std::vector<FieldViolation>& found) {
  if (!seen.insert(name).second) found.push_back({field, Concat("'", name, "' is declared twice")});
}

void CheckContracts(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  if (manifest.contracts().empty()) found.push_back({"contracts", "at least one contract is needed"});
  std::set<std::string> seen;
  for (int i = 0; i < manifest.contracts_size(); ++i) {
    const pb::Contract& contract = manifest.contracts(i);
    const std::string at = Concat("contracts[", i, "]");
    if (!IsContractId(contract.id())) found.push_back({at + ".id", "must look like \"order_sync/1\""});
    CheckUnique(seen, contract.id(), at + ".id", found);
    if (contract.scope() != "account" && contract.scope() != "channel") {
      found.push_back({at + ".scope", "must be \"account\" or \"channel\""});
    }
    if (contract.max_step_seconds() < 0 || contract.max_step_seconds() > 300) {
      found.push_back({at + ".max_step_seconds", "must be 0..300"});
    }
    if (contract.max_items() < 0) found.push_back({at + ".max_items", "must not be negative"});
  }
}

// "https://host[:port]"; a presigned one may begin with one "*." label.
bool IsOriginUrl(const std::string& url, bool presigned) {
  static constexpr const char* kPattern =
      R"(https://(\*\.)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)(:[1-9][0-9]{0,4})?)";
  std::smatch parts;
  static const std::regex kForm(kPattern);
  if (url.size() > 300 || !std::regex_match(url, parts, kForm)) return false;
  if (parts[1].matched && !presigned) return false;
  return !parts[6].matched || std::stoi(parts[6].str().substr(1)) <= 65535;
}

void CheckOrigins(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  std::set<std::string> seen;
  for (int i = 0; i < manifest.origins_size(); ++i) {
    const pb::Origin& origin = manifest.origins(i);
    const std::string at = Concat("origins[", i, "]");
    if (origin.name().empty()) found.push_back({at + ".name", "is needed"});
    CheckUnique(seen, origin.name(), at + ".name", found);
    if (!IsOriginUrl(origin.url(), origin.presigned())) {
      found.push_back(
          {at + ".url", "must be \"https://host[:port]\" without a path; a presigned one may begin with \"*.\""});
    }
  }
}

void CheckRateLimits(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  std::set<std::string> seen;
  for (int i = 0; i < manifest.rate_limits_size(); ++i) {
    const pb::RateLimit& limit = manifest.rate_limits(i);
    const std::string at = Concat("rate_limits[", i, "]");
    double rate = 0;
    if (!absl::SimpleAtod(limit.rate(), &rate) || !(rate > 0) || rate > 1e6) {
      found.push_back({at + ".rate", "must be a positive number of calls per second, as text"});
    }
    if (limit.burst() < 1) found.push_back({at + ".burst", "must be at least 1"});
    CheckUnique(seen, limit.operation(), at + ".operation", found);
  }
}

const pb::Origin* FindOrigin(const pb::Manifest& manifest, const std::string& name) {
  for (const pb::Origin& origin : manifest.origins()) {
    if (origin.name() == name) return &origin;
  }
  return nullptr;
}

void CheckCredentials(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  for (int i = 0; i < manifest.credentials_size(); ++i) {
    const pb::Credential& credential = manifest.credentials(i);
    const std::string at = Concat("credentials[", i, "]");
    const bool oauth = credential.type() == "oauth2_refresh_token" || credential.type() == "oauth2_client_credentials";
    if (!oauth && credential.type() != "secret") {
      found.push_back({at + ".type", "must be oauth2_refresh_token, oauth2_client_credentials or secret"});
    }
    if (oauth && FindOrigin(manifest, credential.token_origin()) == nullptr) {
      found.push_back({at + ".token_origin", "names no declared origin"});
    }
    for (const std::string& name : credential.origins()) {
      const pb::Origin* origin = FindOrigin(manifest, name);
      if (origin == nullptr) found.push_back({at + ".origins", Concat("'", name, "' is no declared origin")});
      if (origin != nullptr && origin->presigned()) {
        found.push_back({at + ".origins", Concat("'", name, "' is presigned: no credential is ever sent there")});
      }
    }
    for (const auto& [part, secret] : credential.secrets()) {
      bool declared = false;
      for (const pb::Secret& candidate : manifest.secrets()) declared = declared || candidate.name() == secret;
      if (!declared) found.push_back({at + ".secrets." + part, Concat("'", secret, "' is no declared secret")});
    }
  }
}

void CheckSecrets(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  for (int i = 0; i < manifest.secrets_size(); ++i) {
    for (const std::string& algorithm : manifest.secrets(i).sign_algorithms()) {
      if (!IsSignAlgorithm(algorithm))
        found.push_back(
            {Concat("secrets[", i, "].sign_algorithms"), Concat("there is no algorithm '", algorithm, "'")});
    }
  }
}

// One name per option and secret that a place is described by.
void CheckPlaceParts(const pb::Manifest& manifest, const pb::Place& place, const OptionSchema& options,
                     const std::string& at, std::vector<FieldViolation>& found) {
  const auto option = [&](const char* field, const std::string& name, bool needed) {
    if (name.empty() ? needed : !options.Knows(name))
      found.push_back({Concat(at, ".", field), Concat("'", name, "' is no property of config_schema")});
  };
  option("address_option", place.address_option(), true);
  option("user_option", place.user_option(), false);
  option("host_key_option", place.host_key_option(), false);
  const auto secret = [&](const char* field, const std::string& name) {
    bool declared = name.empty();
    for (const pb::Secret& candidate : manifest.secrets()) declared = declared || candidate.name() == name;
    if (!declared) found.push_back({Concat(at, ".", field), Concat("'", name, "' is no declared secret")});
  };
  secret("password_secret", place.password_secret());
  secret("private_key_secret", place.private_key_secret());
}

void CheckPlaces(const pb::Manifest& manifest, const OptionSchema& options, std::vector<FieldViolation>& found) {
  static constexpr const char* kPattern = "[a-z][a-z0-9_]{0,31}";
  std::set<std::string> seen;
  for (int i = 0; i < manifest.places_size(); ++i) {
    const pb::Place& place = manifest.places(i);
    const std::string at = Concat("places[", i, "]");
    static const std::regex kForm(kPattern);
    if (!std::regex_match(place.name(), kForm)) found.push_back({at + ".name", Concat("must match ", kPattern)});
    CheckUnique(seen, place.name(), at + ".name", found);
    CheckPlaceParts(manifest, place, options, at, found);
  }
}

}  // namespace

absl::StatusOr<pb::Manifest> ParseManifest(std::string_view text) {
  boost::system::error_code error;
  json::value root = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !root.is_object()) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
                     Concat("manifest.json is no JSON object: ", error.message()));
  }
  // The schema is an object for people and text for the message.
  if (auto* schema = root.as_object().if_contains("config_schema"); schema != nullptr && schema->is_object()) {
    *schema = json::serialize(*schema);
  }
  pb::Manifest manifest;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json::serialize(root), &manifest);
  if (!parsed.ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
                     Concat("manifest.json: ", std::string(parsed.message())));
  }

  std::vector<FieldViolation> found;
  if (manifest.schema() != 1) found.push_back({"schema", "must be 1; this host knows no other layout"});
  if (!IsPluginId(manifest.id())) found.push_back({"id", "must match [a-z][a-z0-9_-]{1,31}"});
  if (!IsVersion(manifest.version())) found.push_back({"version", "must be a semantic version such as 1.4.2"});
  CheckContracts(manifest, found);
  CheckOrigins(manifest, found);
  CheckRateLimits(manifest, found);
  CheckSecrets(manifest, found);
  CheckCredentials(manifest, found);
  CheckOptionSchema(manifest.config_schema(), found);
  CheckPlaces(manifest, OptionSchema(manifest), found);
  if (!found.empty()) return AddContext(MakeFieldError(Reason::kBundleInvalid, found), "manifest.json");
  return manifest;
}

const pb::Contract* FindContract(const pb::Manifest& manifest, std::string_view id) {
  for (const pb::Contract& contract : manifest.contracts()) {
    if (contract.id() == id) return &contract;
  }
  return nullptr;
}

bool OffersMethod(const pb::Contract& contract, std::string_view method) {
  return std::find(contract.methods().begin(), contract.methods().end(), method) != contract.methods().end();
}

std::vector<FieldViolation> CheckOptions(const pb::Manifest& manifest, const OptionMap& options) {
  return OptionSchema(manifest).Check(options);
}

OptionMap WithDefaults(const pb::Manifest& manifest, const OptionMap& options) {
  return OptionSchema(manifest).WithDefaults(options);
}

}  // namespace quayside
