// Is there time for one more call in this step?
#pragma once

#include "quayside/step.h"
#include "time_text.h"

namespace quayside::amazon {

// A call of Amazon's takes well under a second; what is sent and not answered before the deadline is an unknown
// outcome.
constexpr int64_t kTimeForOneCallUs = 10 * kSecondUs;

[[nodiscard]] inline bool HasRoom(sdk::Step& step) {
  return step.NowUs() + kTimeForOneCallUs <= step.deadline_us() && !step.Cancelled();
}

}  // namespace quayside::amazon
