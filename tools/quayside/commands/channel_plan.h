// quayside channel plan: what a channel would send and what waits for a person; and what all plans have in common.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/context.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

void AddChannelPlanCommands(Command channel);

// "channels/{channel}/plans/{hash}"
[[nodiscard]] std::string PlanResource(const std::string& channel, const std::string& hash);
[[nodiscard]] Table PlanRowsTable(const v1::ListPlanRowsResponse& response);
// Lets the rows go, call after call while there are more, and says what became of them.
[[nodiscard]] absl::Status ApplyPlan(Context& context, const std::string& channel, const std::string& hash,
                                     bool dry_run);

}  // namespace quayside::cli
