#include "host/plugin/manifest.h"
#include "host/base/text.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>
#include <charconv>
#include <regex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"

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
  static constexpr const char* kPattern = R"(\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?)";
  return std::regex_match(version, std::regex(kPattern));
}

void CheckContracts(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  if (manifest.contracts().empty()) found.push_back({"contracts", "at least one contract is needed"});
  for (int i = 0; i < manifest.contracts_size(); ++i) {
    const pb::Contract& contract = manifest.contracts(i);
    const std::string at = Concat("contracts[", i, "]");
    if (!absl::StrContains(contract.id(), '/')) found.push_back({at + ".id", "must look like \"order_sync/1\""});
    if (contract.scope() != "account" && contract.scope() != "channel") {
      found.push_back({at + ".scope", "must be \"account\" or \"channel\""});
    }
    if (contract.max_step_seconds() < 0 || contract.max_step_seconds() > 300) {
      found.push_back({at + ".max_step_seconds", "must be 0..300"});
    }
  }
}

void CheckNetwork(const pb::Manifest& manifest, std::vector<FieldViolation>& found) {
  const auto has_origin = [&](const std::string& name) {
    for (const pb::Origin& origin : manifest.origins()) {
      if (origin.name() == name) return true;
    }
    return false;
  };
  for (int i = 0; i < manifest.origins_size(); ++i) {
    const pb::Origin& origin = manifest.origins(i);
    if (!absl::StartsWith(origin.url(), "https://") || origin.url().find('/', 8) != std::string::npos) {
      found.push_back({Concat("origins[", i, "].url"), "must be \"https://host[:port]\" without a path"});
    }
  }
  for (int i = 0; i < manifest.rate_limits_size(); ++i) {
    const pb::RateLimit& limit = manifest.rate_limits(i);
    double rate = 0;
    if (!absl::SimpleAtod(limit.rate(), &rate) || !(rate > 0) || rate > 1e6) {
      found.push_back({Concat("rate_limits[", i, "].rate"), "must be a positive number of calls per second, as text"});
    }
    if (limit.burst() < 1) found.push_back({Concat("rate_limits[", i, "].burst"), "must be at least 1"});
  }
  for (int i = 0; i < manifest.credentials_size(); ++i) {
    const pb::Credential& credential = manifest.credentials(i);
    const std::string at = Concat("credentials[", i, "]");
    const bool oauth = absl::StartsWith(credential.type(), "oauth2_");
    if (!oauth && credential.type() != "secret") {
      found.push_back({at + ".type", "must be oauth2_refresh_token, oauth2_client_credentials or secret"});
    }
    if (oauth && !has_origin(credential.token_origin())) found.push_back({at + ".token_origin", "names no declared origin"});
    for (const std::string& origin : credential.origins()) {
      if (!has_origin(origin)) found.push_back({at + ".origins", Concat("'", origin, "' is no declared origin")});
    }
    for (const auto& [part, secret] : credential.secrets()) {
      bool declared = false;
      for (const pb::Secret& candidate : manifest.secrets()) declared = declared || candidate.name() == secret;
      if (!declared) found.push_back({at + ".secrets." + part, Concat("'", secret, "' is no declared secret")});
    }
  }
}

std::string TextOf(const json::value& value) { return value.is_string() ? std::string(value.as_string()) : json::serialize(value); }

// One value against one property of the schema; empty = fine.
std::string CheckValue(const json::object& property, const std::string& value) {
  const auto* type = property.if_contains("type");
  const std::string kind = type != nullptr ? TextOf(*type) : "string";
  if (kind == "boolean" && value != "true" && value != "false") return "must be true or false";
  if (kind == "integer") {
    int64_t number = 0;
    if (!absl::SimpleAtoi(value, &number)) return "must be a whole number";
    if (const auto* minimum = property.if_contains("minimum"); minimum != nullptr && number < minimum->to_number<int64_t>()) {
      return Concat("must be at least ", TextOf(*minimum));
    }
    if (const auto* maximum = property.if_contains("maximum"); maximum != nullptr && number > maximum->to_number<int64_t>()) {
      return Concat("must be at most ", TextOf(*maximum));
    }
  }
  if (const auto* choices = property.if_contains("enum"); choices != nullptr && choices->is_array()) {
    std::vector<std::string> names;
    for (const json::value& choice : choices->as_array()) names.push_back(TextOf(choice));
    bool known = false;
    for (const std::string& name : names) known = known || name == value;
    if (!known) return Concat("must be one of ", absl::StrJoin(names, ", "));
  }
  if (const auto* pattern = property.if_contains("pattern"); pattern != nullptr) {
    if (value.size() > 1024 || !std::regex_search(value, std::regex(TextOf(*pattern)))) {
      return Concat("does not match ", TextOf(*pattern));
    }
  }
  return "";
}

json::object SchemaOf(const pb::Manifest& manifest) {
  boost::system::error_code error;
  json::value schema = json::parse(manifest.config_schema(), error);
  return error || !schema.is_object() ? json::object() : schema.as_object();
}

json::object PropertiesOf(const json::object& schema) {
  const auto* properties = schema.if_contains("properties");
  return properties != nullptr && properties->is_object() ? properties->as_object() : json::object();
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
  CheckNetwork(manifest, found);
  if (!manifest.config_schema().empty() && SchemaOf(manifest).empty()) found.push_back({"config_schema", "must be a JSON object"});
  for (const auto& [name, property] : PropertiesOf(SchemaOf(manifest))) {
    const std::string at = Concat("config_schema.properties.", std::string_view(name.data(), name.size()));
    if (!property.is_object()) {
      found.push_back({at, "must be an object"});
      continue;
    }
    if (const auto* pattern = property.as_object().if_contains("pattern"); pattern != nullptr) {
      try {
        const std::regex probe(TextOf(*pattern));
      } catch (const std::regex_error&) {
        found.push_back({at + ".pattern", "is no regular expression"});
      }
    }
  }
  if (!found.empty()) return AddContext(MakeFieldError(Reason::kBundleInvalid, found), "manifest.json");
  return manifest;
}

const pb::Contract* FindContract(const pb::Manifest& manifest, std::string_view id) {
  for (const pb::Contract& contract : manifest.contracts()) {
    if (contract.id() == id) return &contract;
  }
  return nullptr;
}

std::vector<FieldViolation> CheckOptions(const pb::Manifest& manifest, const std::map<std::string, std::string>& options) {
  std::vector<FieldViolation> found;
  const json::object schema = SchemaOf(manifest);
  const json::object properties = PropertiesOf(schema);
  for (const auto& [name, value] : options) {
    const auto* property = properties.if_contains(name);
    if (property == nullptr || !property->is_object()) {
      std::vector<std::string> names;
      for (const auto& known : properties) names.emplace_back(known.key());
      found.push_back({"options." + name, Concat("the plugin has no such option; it has ", absl::StrJoin(names, ", "))});
      continue;
    }
    if (const std::string problem = CheckValue(property->as_object(), value); !problem.empty()) {
      found.push_back({"options." + name, problem});
    }
  }
  if (const auto* required = schema.if_contains("required"); required != nullptr && required->is_array()) {
    const std::map<std::string, std::string> filled = WithDefaults(manifest, options);
    for (const json::value& name : required->as_array()) {
      if (!filled.contains(TextOf(name))) found.push_back({"options." + TextOf(name), "is required"});
    }
  }
  return found;
}

std::map<std::string, std::string> WithDefaults(const pb::Manifest& manifest, const std::map<std::string, std::string>& options) {
  std::map<std::string, std::string> filled = options;
  for (const auto& property : PropertiesOf(SchemaOf(manifest))) {
    if (!property.value().is_object()) continue;
    const auto* fallback = property.value().as_object().if_contains("default");
    if (fallback != nullptr) filled.try_emplace(std::string(property.key()), TextOf(*fallback));
  }
  return filled;
}

}  // namespace quayside
