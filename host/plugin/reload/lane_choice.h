// Which lanes try a new version first. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/plugin/lane_directory.h"
#include "host/plugin/reload/canary_rules.h"

namespace quayside {

// The operator's lanes, or the least busy ones: those that read before those that write, then by what their last run
// brought. Never all lanes unless there is only one; none when none can run. INVALID_ARGUMENT INVALID_ARGUMENT naming
// a lane that is not the plugin's or cannot run.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ChooseCanaryLanes(std::vector<LaneLoad> lanes,
                                                                         const CanaryOptions& options);

}  // namespace quayside
