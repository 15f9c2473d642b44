// When comparisons that come round are due. Each has a moment of its own within the interval, so that those of
// thousands of channels do not come at once, before whatever else is due. Pure.
#pragma once

#include <functional>
#include <string_view>

#include "host/base/clock.h"

namespace quayside {

// `whose`: its name. `last_us`: when the last one was; 0 = there was none, and it is due at once (0). The second one
// comes after a half to one and a half of the interval, each further one an interval after the one before.
[[nodiscard]] inline TimeUs NextComparisonUs(std::string_view whose, TimeUs last_us, DurationUs interval_us) {
  if (last_us == 0 || interval_us <= 0) return last_us;
  const TimeUs earliest = last_us + interval_us / 2;
  const auto moment = static_cast<DurationUs>(std::hash<std::string_view>()(whose) % static_cast<size_t>(interval_us));
  return earliest + (moment - earliest % interval_us + interval_us) % interval_us;
}

}  // namespace quayside
