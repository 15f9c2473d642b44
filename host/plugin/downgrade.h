// No way back below the highest version ever active unless somebody asks for it: an old build that was signed stays
// signed, with every hole that was mended since.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace quayside {

// "" when there is none.
[[nodiscard]] std::string HighestVersion(const std::vector<std::string>& versions);

// FAILED_PRECONDITION PLUGIN_DOWNGRADE naming both versions, when `version` is older than one that was active.
[[nodiscard]] absl::Status CheckDowngrade(std::string_view plugin_id, std::string_view version,
                                          const std::vector<std::string>& ever_active);

}  // namespace quayside
