// Which folder a plugin's request means, and whether the host may go there. Pure functions of the manifest, the
// account's options and the operator's setting.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/ops/place_address.h"
#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

struct ResolvedPlace {
  PlaceAddress address;
  // What of it the operator allowed: for file, the folder that links in its own name may lead to. `address` lies
  // within.
  PlaceAddress allowed;
  std::string user;
  std::string host_key;  // "SHA256:..."
  // Names of secrets; "" = none.
  std::string password_secret;
  std::string private_key_secret;
};

using PlaceOptions = std::map<std::string, std::string>;

// PERMISSION_DENIED PLACE_DENIED: not declared, or `allowed` does not list it. INVALID_ARGUMENT PLACE_NOT_SET: the
// account's options give no address, or none that can be used; sftp without the server's key.
[[nodiscard]] absl::StatusOr<ResolvedPlace> ResolvePlace(const quayside::plugin::v1::Manifest& manifest,
                                                         const PlaceOptions& options, std::string_view name,
                                                         const std::vector<PlaceAddress>& allowed);

// The form of a request: paths, names, sizes. INVALID_ARGUMENT with every violation.
[[nodiscard]] absl::Status CheckTransfer(const quayside::plugin::v1::TransferRequest& request);

// The place that a request names; "" when it asks for nothing.
[[nodiscard]] std::string_view PlaceOf(const quayside::plugin::v1::TransferRequest& request);

// "name" in the same folder as `path`: where half of a file lies. ".orders.csv.part"
[[nodiscard]] std::string PartPathOf(std::string_view path);

}  // namespace quayside
