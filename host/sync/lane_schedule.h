// How often a lane looks for news by itself. Pure.
//
// A lane that looks for what the marketplace has (orders, listings, a warehouse's stock) has a usual interval, and
// people may want another one. Lanes that send have none: what is to be sent goes when it is there, since a quantity
// that waits is sold too often.
#pragma once

#include <algorithm>

#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

inline constexpr DurationUs kShortestInterval = kMinuteUs;
inline constexpr DurationUs kLongestInterval = kDayUs;

[[nodiscard]] constexpr bool CanBeScheduled(Job job) {
  return job == Job::kOrders || job == Job::kListings || job == Job::kCentreStock;
}

// These look for what went past the others. Nobody waits for them: their turn comes at a moment of their own
// (next_comparison.h).
[[nodiscard]] constexpr bool OnlyCompares(Job job) { return job == Job::kReconcile || job == Job::kCompleteness; }

[[nodiscard]] constexpr DurationUs UsualInterval(Job job) {
  switch (job) {
    case Job::kOrders:
      return 4 * kMinuteUs;
    case Job::kListings:
      return 6 * kHourUs;
    case Job::kInventory:
    case Job::kDespatch:
    case Job::kPostSale:
      return 10 * kMinuteUs;
    case Job::kCentreStock:
    case Job::kOutbound:
      return 15 * kMinuteUs;
    case Job::kReconcile:
    case Job::kCompleteness:
      return kHourUs;
  }
  return kHourUs;
}

// When to look next, after a look at `now` that found nothing more. `not_before_us`: nothing can be there sooner, says
// whoever looked; 0 = nobody says so. `wanted_us` 0 = nobody wants another interval than the usual one.
[[nodiscard]] constexpr TimeUs NextLookUs(TimeUs not_before_us, DurationUs wanted_us, DurationUs usual_us, TimeUs now) {
  if (wanted_us > 0) return std::max(not_before_us, now + wanted_us);
  return not_before_us > 0 ? std::max(not_before_us, now) : now + usual_us;
}

}  // namespace quayside
