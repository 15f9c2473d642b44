// Which of the secrets that a manifest declares an account cannot do without. Pure.
#pragma once

#include <string>
#include <vector>

#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// In the manifest's order. A secret that only a place names (Manifest.places) is not among them: whether a place asks
// for a password, for a key or for neither is its server's to say, and the transfer that fails says so.
[[nodiscard]] std::vector<std::string> NeededSecrets(const quayside::plugin::v1::Manifest& manifest);

}  // namespace quayside
