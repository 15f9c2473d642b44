// Lanes as several services show them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/sync/engine.h"

namespace quayside {

// The account's own and those of its channels.
[[nodiscard]] absl::StatusOr<std::vector<LaneStatus>> AllLanesOfAccount(Engine& engine, const std::string& account_id);
// "IDLE", "RUNNING", ...: the name of quayside.v1.LaneState without its prefix.
[[nodiscard]] std::string LaneStateText(LaneActivity activity);

}  // namespace quayside
