// Where a presigned address may lead. Pure functions of the address, the manifest and the operator's map. The address
// is a secret: messages name its host and nothing else of it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

inline constexpr size_t kLongestPresignedAddress = 16 << 10;

struct PresignedTarget {
  std::string url;         // what is really requested
  bool is_mapped = false;  // by the operator, in development: it may be plain http and lie beside the host
};

// Either the host matches a presigned origin of the manifest: then the request goes there or, when the operator maps
// that pattern, to the mapped address with the same path and query. Or the address begins with what a presigned origin
// is mapped to: a simulator hands out its own addresses.
//
// PERMISSION_DENIED ORIGIN_DENIED: no such origin, not https, a user name, an IP address, another port.
// INVALID_ARGUMENT: no address at all.
[[nodiscard]] absl::StatusOr<PresignedTarget> ResolvePresigned(const quayside::plugin::v1::Manifest& manifest,
                                                               std::string_view address,
                                                               const std::map<std::string, std::string>& origin_map);

// "https://files.example.com" matches that host, "https://*.example.com" one or more labels before it. `authority` is
// "host[:port]".
[[nodiscard]] bool MatchesOrigin(std::string_view pattern, std::string_view authority);

}  // namespace quayside
