// How much of an allowance to take when another program draws on the same one (a merchant's repricer, a second tool):
// the marketplace tells nobody how much is left, only, by a 429, that it was less than thought. Additive increase,
// multiplicative decrease, as TCP shares a line: alone it settles at the whole allowance, with others at what they
// leave, and it finds out by itself when they have gone. Pure.
#pragma once

#include <algorithm>
#include <cmath>

#include "host/base/time.h"

namespace quayside {

// What a 429 that nobody here caused takes off, and what a good call and time give back. With another program taking
// half, one call in fifty is a 429 and all of the other half is used (fair_share_test); recovery from a half takes 500
// calls or three hours, whichever is sooner.
inline constexpr double kShareAfterThrottle = 0.9;
inline constexpr double kSharePerCall = 0.001;
inline constexpr DurationUs kShareRecoveryUs = 6 * kHourUs;  // from nothing to everything
inline constexpr double kSmallestShare = 0.05;

[[nodiscard]] inline double ShareAfterThrottle(double share) {
  return std::max(kSmallestShare, share * kShareAfterThrottle);
}

// `elapsed_us` since the last call (or throttle) of the operation.
[[nodiscard]] inline double ShareAfterCall(double share, DurationUs elapsed_us) {
  const double by_time =
      static_cast<double>(std::max<DurationUs>(elapsed_us, 0)) / static_cast<double>(kShareRecoveryUs);
  return std::min(1.0, share + std::max(kSharePerCall, by_time));
}

// What the allowance amounts to at this share. Never less than one call at a time.
[[nodiscard]] inline double SharedRate(double rate, double share) { return rate * share; }
[[nodiscard]] inline double SharedBurst(double burst, double share) { return std::max(1.0, std::floor(burst * share)); }

}  // namespace quayside
