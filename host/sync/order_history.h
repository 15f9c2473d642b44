// The history of an orders lane, read a page at a time between two looks at the live window, on spare allowance.
#pragma once

#include "absl/status/statusor.h"
#include "host/sync/step.h"

namespace quayside {

// The live window is read to its end and is looked at again at `live_due_us`: begins the history of a fresh lane. True:
// a page of history comes next, at once.
[[nodiscard]] bool PlanHistory(const StepInputs& in, TimeUs live_due_us, LaneRecord& lane);

// Is it a page of history's turn? Never after a failure: the live window comes first.
[[nodiscard]] bool IsHistorysTurn(const StepInputs& in);

// One page. The lane's position stays.
[[nodiscard]] absl::StatusOr<StepOutcome> RunHistoryStep(const StepInputs& in);

}  // namespace quayside
