// The gates of an account within a step of its inventory lane: what a person approved or discarded is let go, and what
// still waits behind a gate that was closed is stopped, in pieces. Before anything is decided.
#pragma once

#include "absl/status/statusor.h"
#include "host/sync/step.h"

namespace quayside {

// True: a plan's rows are still being let go. Nothing should be decided or sent in this step, and another one follow at
// once.
[[nodiscard]] absl::StatusOr<bool> MoveGates(const StepInputs& in);

// A braked gate opens by itself when nothing is left behind it: whatever would have been sent shows what it should by
// now. After everything was decided.
[[nodiscard]] absl::Status OpenEmptyGates(const StepInputs& in);

}  // namespace quayside
