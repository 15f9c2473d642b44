// What a plugin's request may look like, and the pieces of the address it names. Pure functions of request and
// manifest.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

inline constexpr int64_t kDefaultResponseBytes = int64_t{16} << 20;
inline constexpr int64_t kMostResponseBytes = int64_t{64} << 20;

// The declared origin of this name. PERMISSION_DENIED ORIGIN_DENIED.
[[nodiscard]] absl::StatusOr<const quayside::plugin::v1::Origin*> FindOrigin(
    const quayside::plugin::v1::Manifest& manifest, std::string_view name);

// Every credential the request uses is declared and may be sent to its origin. PERMISSION_DENIED ORIGIN_DENIED,
// INVALID_ARGUMENT.
[[nodiscard]] absl::Status CheckCredentialUses(const quayside::plugin::v1::HttpRequest& request,
                                               const quayside::plugin::v1::Manifest& manifest,
                                               const quayside::plugin::v1::Origin& origin);

// Method, path, query, headers, body, limits, operation. INVALID_ARGUMENT with every violation.
[[nodiscard]] absl::Status CheckRequest(const quayside::plugin::v1::HttpRequest& request,
                                        const quayside::plugin::v1::Manifest& manifest);

// Where an origin's requests really go: itself, or what the operator maps it to (development). INVALID_ARGUMENT for a
// presigned pattern, which names no host: documents have a service of their own.
[[nodiscard]] absl::StatusOr<std::string> BaseUrl(const quayside::plugin::v1::Origin& origin,
                                                  const std::map<std::string, std::string>& origin_map);

[[nodiscard]] const quayside::plugin::v1::Credential* FindCredential(const quayside::plugin::v1::Manifest& manifest,
                                                                     std::string_view name);
// nullptr when the operation is empty or not declared.
[[nodiscard]] const quayside::plugin::v1::RateLimit* FindRateLimit(const quayside::plugin::v1::Manifest& manifest,
                                                                   std::string_view operation);

// A decimal number of tokens per second as a marketplace may state it; nullopt for anything else, or beyond belief
// (slower than one a day, faster than 10,000 a second).
[[nodiscard]] std::optional<double> ParseRate(std::string_view text);

// Free of bytes that end a header early.
[[nodiscard]] bool IsHeaderValue(std::string_view value);

}  // namespace quayside
