// When the position of an account's orders lane does not stand for all channels that are on.
//
// It stands for the marketplaces that were enabled while it moved: orders of another one that are older than it would
// never be read, and their units would be sent as available. So the lane begins like a new one. Parts of a transaction;
// true: the lane was restarted, and the engine is told when that is durable (Engine::CursorsRestored,
// Engine::LaneChanged).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"

namespace quayside {

// First the recent days, then `history_us` beside them (0 = none). What is read twice changes nothing, and until the
// live window is through again no quantity is raised. Orders that a person chose to skip stay skipped. A first step
// under way is refused at its commit.
[[nodiscard]] absl::Status RestartOrders(Tx& tx, TimeUs now, const std::string& account_id, DurationUs history_us);

// `channel` was enabled just now. An account's only channel has a position of its own, which waits while it is off.
[[nodiscard]] absl::StatusOr<bool> RestartOrdersBeside(Tx& tx, TimeUs now, const ChannelRecord& channel,
                                                       DurationUs history_us);

// A channel of the account was deleted just now. Where none is left that is on, whichever remains or comes was not read
// while the deleted one was.
[[nodiscard]] absl::StatusOr<bool> RestartOrdersAfter(Tx& tx, TimeUs now, const std::string& account_id,
                                                      DurationUs history_us);

}  // namespace quayside
