// When comparisons that come round are due. Each has a moment of its own within the interval, so that those of
// thousands of channels do not come at once, before whatever else is due. Pure.
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>

#include "host/base/clock.h"

namespace quayside {

// The first one waits no longer than this. Not a whole day: a host that is on for some hours a day would never come to
// the moments of the others.
inline constexpr DurationUs kFirstComparisonWithinUs = kHourUs;

// The first of the moments of `whose` (its name) from `earliest_us` on; there is one in each `period_us`.
[[nodiscard]] inline TimeUs OwnMomentUs(std::string_view whose, TimeUs earliest_us, DurationUs period_us) {
  const auto moment = static_cast<DurationUs>(std::hash<std::string_view>()(whose) % static_cast<size_t>(period_us));
  return earliest_us + (moment - earliest_us % period_us + period_us) % period_us;
}

// Of one that there was none of yet, as it comes by itself. The same after a restart in between.
[[nodiscard]] inline TimeUs FirstComparisonUs(std::string_view whose, TimeUs now, DurationUs interval_us) {
  return interval_us <= 0 ? now : OwnMomentUs(whose, now, std::min(interval_us, kFirstComparisonWithinUs));
}

// `last_us`: when the last one was; 0 = there was none, and whoever comes to it may begin (0). The second one comes
// after a half to one and a half of the interval, each further one an interval after the one before.
[[nodiscard]] inline TimeUs NextComparisonUs(std::string_view whose, TimeUs last_us, DurationUs interval_us) {
  if (last_us == 0 || interval_us <= 0) return last_us;
  return OwnMomentUs(whose, last_us + interval_us / 2, interval_us);
}

}  // namespace quayside
