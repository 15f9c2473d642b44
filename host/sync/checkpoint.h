// What a person does to the position of an orders lane, by setting it or by enabling a channel that it does not stand
// for: part of a transaction. The engine is told when it is durable (Engine::CursorsRestored, Engine::LaneChanged).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/engine.h"

namespace quayside {

struct CheckpointEdit {
  LaneStatus lane;  // as it will be shown
  TimeUs before_us = 0;
  // What lies between is read again, as history beside the live window; false: it is skipped.
  bool rewound = true;
};

// Back: everything that changed at `to_us` or later is read again. Forward: the live window begins there, and what
// changed between is never read; only with `skip_orders`. `to_us` is not in the future. CHECKPOINT_NOT_EDITABLE: the
// lane brings no orders, or has not run yet. CHECKPOINT_NOT_CONFIRMED.
[[nodiscard]] absl::StatusOr<CheckpointEdit> SetCheckpoint(Tx& tx, TimeUs now, const LaneStatus& lane, TimeUs to_us,
                                                           bool skip_orders);

// A position stands for the marketplaces that were enabled while it moved: orders of another one that are older than it
// would never be read, and their units would be sent as available. So the lane begins like a new one: first the recent
// days, then `history_us` beside them (0 = none). What is read twice changes nothing, and until the live window is
// through again no quantity is raised. Orders that a person chose to skip stay skipped. A first step under way is
// refused at its commit. True: there was a position.
[[nodiscard]] absl::StatusOr<bool> RestartOrders(Tx& tx, TimeUs now, const std::string& account_id,
                                                 DurationUs history_us);

}  // namespace quayside
