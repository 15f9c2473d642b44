// Times between texts and UTC microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quayside::sdk {

inline constexpr int64_t kSecondUs = 1'000'000;
inline constexpr int64_t kMinuteUs = 60 * kSecondUs;
inline constexpr int64_t kHourUs = 60 * kMinuteUs;
inline constexpr int64_t kDayUs = 24 * kHourUs;

// ISO 8601: "2026-01-31T09:30:00Z", with a fraction of a second and with an offset instead of Z as well. What is finer
// than a microsecond is cut off. Empty for anything else.
[[nodiscard]] std::optional<int64_t> ParseTime(std::string_view text);

// "2026-01-31T09:30:00Z". A fraction of a second is cut off: callers that must not lose it round first.
[[nodiscard]] std::string FormatTime(int64_t us);

// "Sun, 06 Nov 1994 08:49:37 GMT", as headers have it. Empty for anything else.
[[nodiscard]] std::optional<int64_t> ParseHttpDate(std::string_view text);

// The start of the second. Windows are made of whole seconds, so that what is sent is what is remembered.
[[nodiscard]] int64_t FloorSecond(int64_t us);

}  // namespace quayside::sdk
