#include "host/net/request_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/ops/origin_url.h"

namespace quayside {
namespace {

using quayside::plugin::v1::Credential;
using quayside::plugin::v1::CredentialUse;
using quayside::plugin::v1::HttpRequest;
using quayside::plugin::v1::Manifest;
using quayside::plugin::v1::Origin;
using quayside::plugin::v1::RateLimit;

constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr size_t kLongestPath = 8 << 10;
constexpr size_t kMostQueryBytes = 32 << 10;
constexpr int kMostHeadersSent = 64;
constexpr size_t kMostHeaderBytes = 32 << 10;
constexpr size_t kLargestBody = size_t{64} << 20;

// One connection's business, the message's framing, and what the host itself sets.
constexpr std::array<std::string_view, 15> kHostHeaders = {"accept-encoding", "connection", "content-length",
                                                           "expect",          "host",       "http2-settings",
                                                           "keep-alive",      "te",         "traceparent",
                                                           "tracestate",      "trailer",    "transfer-encoding",
                                                           "upgrade",         "user-agent", "via"};
// Secrets travel as credential uses only.
constexpr std::array<std::string_view, 2> kCredentialHeaders = {"authorization", "cookie"};

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return absl::ascii_isalnum(c) || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool IsHostHeader(std::string_view lower_name) {
  return Contains(kHostHeaders, lower_name) || lower_name.starts_with("proxy-");
}

// "" or what is wrong with it.
std::string PathProblem(std::string_view path) {
  if (!path.starts_with("/")) return "must begin with '/'";
  if (path.size() > kLongestPath) return Concat("is longer than ", kLongestPath, " bytes");
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:@/";
  for (size_t i = 0; i < path.size(); ++i) {
    const auto c = static_cast<unsigned char>(path[i]);
    if (absl::ascii_isalnum(c) || kMarks.find(path[i]) != std::string_view::npos) continue;
    if (c == '%' && i + 2 < path.size() && absl::ascii_isxdigit(path[i + 1]) && absl::ascii_isxdigit(path[i + 2]))
      continue;
    if (c == '?') return "holds '?'; parameters belong in query";
    return Concat("holds a character at offset ", i, " that must be percent-encoded");
  }
  for (size_t begin = 1; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "." || segment == "..")
      return Concat("holds the segment '", segment, "', which servers resolve away");
    begin = end + 1;
  }
  return {};
}

void CheckQuery(const HttpRequest& request, std::vector<FieldViolation>& violations) {
  size_t bytes = 0;
  for (int i = 0; i < request.query_size(); ++i) {
    bytes += request.query(i).name().size() + request.query(i).value().size();
    if (request.query(i).name().empty()) violations.push_back({Concat("query[", i, "].name"), "must not be empty"});
  }
  if (bytes > kMostQueryBytes) violations.push_back({"query", Concat("is larger than ", kMostQueryBytes, " bytes")});
}

std::string HeaderProblem(std::string_view name, std::string_view value) {
  if (!IsToken(name)) return "the name is not a header name";
  if (!IsHeaderValue(value)) return "the value holds a control character";
  const std::string lower_name = LowerCase(name);
  if (IsHostHeader(lower_name)) return Concat("'", lower_name, "' is set by the host; leave it out");
  if (Contains(kCredentialHeaders, lower_name))
    return Concat("'", lower_name, "' carries credentials; use `credentials`");
  return {};
}

// Also refuses a name twice, be it as header or as credential: which one counts would be the server's choice.
void CheckHeaders(const HttpRequest& request, std::vector<FieldViolation>& violations) {
  std::set<std::string> names;
  size_t bytes = 0;
  for (int i = 0; i < request.headers_size(); ++i) {
    const auto& [name, value] =
        std::pair<const std::string&, const std::string&>(request.headers(i).name(), request.headers(i).value());
    bytes += name.size() + value.size();
    std::string problem = HeaderProblem(name, value);
    if (problem.empty() && !names.insert(LowerCase(name)).second) problem = "the name occurs twice";
    if (!problem.empty()) violations.push_back({Concat("headers[", i, "]"), problem});
  }
  for (int i = 0; i < request.credentials_size(); ++i) {
    const CredentialUse& use = request.credentials(i);
    if (use.place() != CredentialUse::PLACE_HEADER && use.place() != CredentialUse::PLACE_BASIC) continue;
    const std::string name = use.place() == CredentialUse::PLACE_BASIC ? "authorization" : LowerCase(use.key());
    if (!names.insert(name).second)
      violations.push_back({Concat("credentials[", i, "].key"), "the header occurs twice"});
  }
  if (request.headers_size() > kMostHeadersSent || bytes > kMostHeaderBytes) {
    violations.push_back(
        {"headers", Concat("more than ", kMostHeadersSent, " or larger than ", kMostHeaderBytes, " bytes")});
  }
}

std::string PlaceProblem(const HttpRequest& request, const CredentialUse& use) {
  switch (use.place()) {
    case CredentialUse::PLACE_HEADER:
      if (!IsToken(use.key())) return "key is not a header name";
      if (IsHostHeader(LowerCase(use.key()))) return Concat("'", use.key(), "' is set by the host");
      return {};
    case CredentialUse::PLACE_QUERY:
      return use.key().empty() ? "key must name the parameter" : "";
    case CredentialUse::PLACE_FORM: {
      if (use.key().empty()) return "key must name the form field";
      if (request.method() == "GET" || request.method() == "HEAD") return "a form needs a method with a body";
      const auto& headers = request.headers();
      const auto type = std::find_if(headers.begin(), headers.end(),
                                     [](const auto& header) { return LowerCase(header.name()) == "content-type"; });
      const bool is_form =
          type != headers.end() && LowerCase(type->value()).starts_with("application/x-www-form-urlencoded");
      // Without a content type an empty body becomes the form.
      return is_form || (type == headers.end() && request.body().empty()) ? "" : "the body is not a form";
    }
    case CredentialUse::PLACE_BASIC:
      return IsHeaderValue(use.key()) && use.key().find(':') == std::string::npos
                 ? ""
                 : "key (the user name) holds ':' or a control character";
    default:
      return "place is not set";
  }
}

}  // namespace

bool IsHeaderValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

absl::StatusOr<const Origin*> FindOrigin(const Manifest& manifest, std::string_view name) {
  for (const Origin& origin : manifest.origins()) {
    if (origin.name() == name) return &origin;
  }
  return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied,
                   Concat("the manifest declares no origin '", name, "'"), {{"origin", std::string(name)}});
}

const Credential* FindCredential(const Manifest& manifest, std::string_view name) {
  for (const Credential& credential : manifest.credentials()) {
    if (credential.name() == name) return &credential;
  }
  return nullptr;
}

const RateLimit* FindRateLimit(const Manifest& manifest, std::string_view operation) {
  if (operation.empty()) return nullptr;
  for (const RateLimit& limit : manifest.rate_limits()) {
    if (limit.operation() == operation) return &limit;
  }
  return nullptr;
}

absl::Status CheckCredentialUses(const HttpRequest& request, const Manifest& manifest, const Origin& origin) {
  for (const CredentialUse& use : request.credentials()) {
    const Credential* const credential = FindCredential(manifest, use.name());
    if (credential == nullptr) {
      return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                       Concat("the manifest declares no credential '", use.name(), "'"));
    }
    const auto& allowed = credential->origins();
    if (origin.presigned() || std::find(allowed.begin(), allowed.end(), origin.name()) == allowed.end()) {
      return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied,
                       Concat("credential '", use.name(), "' may not be sent to origin '", origin.name(), "'"),
                       {{"origin", origin.name()}, {"credential", use.name()}});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRequest(const HttpRequest& request, const Manifest& manifest) {
  std::vector<FieldViolation> violations;
  if (!Contains(kMethods, request.method()))
    violations.push_back({"method", "must be GET, HEAD, POST, PUT, PATCH or DELETE"});
  if (std::string problem = PathProblem(request.path()); !problem.empty()) violations.push_back({"path", problem});
  CheckQuery(request, violations);
  CheckHeaders(request, violations);
  for (int i = 0; i < request.credentials_size(); ++i) {
    const std::string problem = PlaceProblem(request, request.credentials(i));
    if (!problem.empty()) violations.push_back({Concat("credentials[", i, "]"), problem});
  }
  if (request.body().size() > kLargestBody) violations.push_back({"body", "is larger than 64 MiB"});
  if (!request.operation().empty() && FindRateLimit(manifest, request.operation()) == nullptr) {
    violations.push_back({"operation", Concat("'", request.operation(), "' is not in the manifest's rate_limits")});
  }
  if (request.timeout_ms() < 0) violations.push_back({"timeout_ms", "must not be negative"});
  if (request.max_response_bytes() < 0 || request.max_response_bytes() > kMostResponseBytes) {
    violations.push_back({"max_response_bytes", "must be from 0 to 67108864 (64 MiB)"});
  }
  return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, violations);
}

absl::StatusOr<std::string> BaseUrl(const Origin& origin, const std::map<std::string, std::string>& origin_map) {
  if (origin.presigned()) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                     Concat("origin '", origin.name(), "' is a pattern for presigned documents and names no host"));
  }
  const auto mapped = origin_map.find(origin.url());
  std::string url = mapped == origin_map.end() ? origin.url() : mapped->second;
  if (!IsOriginUrl(url)) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied,
                     Concat("the address of origin '", origin.name(), "' is not https://host[:port]"));
  }
  return url;
}

std::optional<double> ParseRate(std::string_view text) {
  constexpr double kSlowest = 1.0 / 86'400;
  constexpr double kFastest = 10'000;
  text = Trim(text);
  double rate = 0;
  if (text.empty() || text.size() > 24 || !absl::ascii_isdigit(static_cast<unsigned char>(text.front())))
    return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || rate < kSlowest || rate > kFastest)
    return std::nullopt;
  return rate;
}

}  // namespace quayside
