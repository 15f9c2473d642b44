// How long a lane waits after failures: exponential, capped, with full jitter (uniform between 0 and the cap of the
// attempt), so that lanes that failed together do not come back together.
#pragma once

#include <algorithm>
#include <cstdint>

#include "host/base/rng.h"
#include "host/base/time.h"

namespace quayside {

inline constexpr DurationUs kFirstBackoffUs = 2 * kSecondUs;
inline constexpr DurationUs kLongestBackoffUs = 5 * kMinuteUs;
// Never at once: even a lucky draw waits this long.
inline constexpr DurationUs kShortestBackoffUs = 200 * kMillisecondUs;

// `failures` in a row, from 1.
[[nodiscard]] inline DurationUs Backoff(int32_t failures, Rng& rng) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const DurationUs cap = std::min(kLongestBackoffUs, kFirstBackoffUs << doublings);
  return std::max<DurationUs>(kShortestBackoffUs, static_cast<DurationUs>(rng.Below(static_cast<uint64_t>(cap) + 1)));
}

}  // namespace quayside
