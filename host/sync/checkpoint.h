// What a person does to the position of an orders lane: part of a transaction. The engine is told when it
// is durable (Engine::CursorsRestored, Engine::LaneChanged).
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

}  // namespace quayside
