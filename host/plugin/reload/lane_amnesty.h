// Which failures of a lane are forgotten when another version of its plugin works. Pure.
#pragma once

#include "host/base/errors.h"
#include "host/store/records.h"

namespace quayside {

// It waits because steps failed; another version may do better. Not one that the marketplace itself asked to wait: who
// calls next is no reason to call sooner.
[[nodiscard]] inline bool WaitsAfterFailures(const LaneRecord& lane) {
  return (lane.failures > 0 || lane.needs_operator) && lane.last_error_reason != ReasonText(Reason::kThrottled);
}

// Its next step is due, and is the first. What went wrong last stays there to be read.
inline void ForgetFailures(LaneRecord& lane, TimeUs now) {
  lane.failures = 0;
  lane.needs_operator = false;
  lane.next_run_us = now;
}

}  // namespace quayside
