#include "host/net/presigned_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/ops/origin_url.h"

namespace quayside {
namespace {

using quayside::plugin::v1::Manifest;
using quayside::plugin::v1::Origin;

constexpr std::string_view kHttps = "https://";

struct AddressParts {
  std::string origin;  // "scheme://authority"
  std::string authority;
  std::string rest;  // path and query, begins with "/"
};

absl::Status NoAddress(std::string_view problem) {
  return MakeFieldError(Reason::kInvalidArgument, {{"url", Concat("is no presigned address: ", problem)}});
}

absl::Status Refused(std::string_view problem) {
  return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied,
                   Concat("a presigned address was refused: ", problem));
}

absl::StatusOr<AddressParts> Split(std::string_view address) {
  if (address.size() > kLongestPresignedAddress)
    return NoAddress(Concat("longer than ", kLongestPresignedAddress, " bytes"));
  const bool is_plain_text = std::all_of(
      address.begin(), address.end(), [](unsigned char c) { return absl::ascii_isgraph(c) && c != '\\' && c != '#'; });
  if (!is_plain_text) return NoAddress("a character that must be percent-encoded, or a fragment");
  const size_t scheme_end = address.find("://");
  if (scheme_end == std::string_view::npos) return NoAddress("it must begin with https://");
  const size_t begin = scheme_end + 3;
  const size_t end = std::min(address.find_first_of("/?", begin), address.size());
  AddressParts parts{.origin = LowerCase(address.substr(0, end)),
                     .authority = LowerCase(address.substr(begin, end - begin)),
                     .rest = std::string(address.substr(end))};
  if (parts.authority.find('@') != std::string::npos) return Refused("it holds a user name");
  if (!IsOriginUrl(Concat(kHttps, parts.authority))) return NoAddress("it names no host");
  if (!parts.rest.starts_with('/')) parts.rest.insert(0, "/");
  return parts;
}

std::string_view HostPart(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  return colon == std::string_view::npos || authority.back() == ']' ? authority : authority.substr(0, colon);
}

std::string_view PortPart(std::string_view authority) {
  const std::string_view host = HostPart(authority);
  return host.size() == authority.size() ? "443" : authority.substr(host.size() + 1);
}

// Also in the spellings of RFC 3986's predecessors ("0x7f.1", "2130706433"): a name never ends in a number.
bool IsIpAddress(std::string_view host) {
  if (host.starts_with('[')) return true;
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.empty() || absl::ascii_isdigit(static_cast<unsigned char>(last.front()));
}

}  // namespace

bool MatchesOrigin(std::string_view pattern, std::string_view authority) {
  if (!pattern.starts_with(kHttps)) return false;
  pattern.remove_prefix(kHttps.size());
  const std::string expected = LowerCase(HostPart(pattern));
  const std::string host = LowerCase(HostPart(authority));
  if (PortPart(pattern) != PortPart(authority) || IsIpAddress(host)) return false;
  if (!expected.starts_with("*.")) return host == expected;
  const std::string_view suffix = std::string_view(expected).substr(1);
  return host.size() > suffix.size() && host.ends_with(suffix);
}

absl::StatusOr<PresignedTarget> ResolvePresigned(const Manifest& manifest, std::string_view address,
                                                 const std::map<std::string, std::string>& origin_map) {
  QS_ASSIGN_OR_RETURN(const AddressParts parts, Split(address));
  const bool is_https = parts.origin.starts_with(kHttps);
  for (const Origin& origin : manifest.origins()) {
    if (!origin.presigned()) continue;
    const auto mapped = origin_map.find(origin.url());
    if (mapped != origin_map.end() && LowerCase(mapped->second) == parts.origin)
      return PresignedTarget{Concat(mapped->second, parts.rest), true};
    if (!is_https || !MatchesOrigin(origin.url(), parts.authority)) continue;
    if (mapped != origin_map.end()) return PresignedTarget{Concat(mapped->second, parts.rest), true};
    return PresignedTarget{Concat(parts.origin, parts.rest), false};
  }
  if (!is_https) return Refused(Concat("it is no https address (host ", parts.authority, ")"));
  return Refused(
      Concat("its host ", parts.authority, " matches no origin that the manifest declares with \"presigned\": true"));
}

}  // namespace quayside
