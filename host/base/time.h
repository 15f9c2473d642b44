// Time in the host: int64 microseconds since 1970-01-01T00:00:00Z. 0 means "never" where a field says so.
#pragma once

#include <cstdint>

namespace quayside {

using TimeUs = int64_t;
using DurationUs = int64_t;

inline constexpr DurationUs kMillisecondUs = 1'000;
inline constexpr DurationUs kSecondUs = 1'000'000;
inline constexpr DurationUs kMinuteUs = 60 * kSecondUs;
inline constexpr DurationUs kHourUs = 60 * kMinuteUs;
inline constexpr DurationUs kDayUs = 24 * kHourUs;

}  // namespace quayside
