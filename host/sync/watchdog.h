// When a call of a plugin is taken away.
#pragma once

#include "host/base/clock.h"

namespace quayside {

// A call is told to stop at its deadline and taken away this much later, by the host's clock. It is two real seconds,
// whatever that clock does: what has to notice the stop lives in real time.
[[nodiscard]] inline DurationUs FenceGrace(const Clock& clock) { return clock.DurationOfReal(2 * kSecondUs); }

}  // namespace quayside
