// Dates as Amazon writes and reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/sim_clock.h"

namespace amazon_sim {

// 2026-11-23T10:03:46.120Z: millisecond precision, as Orders 2026-01-01 answers.
std::string Iso8601(Micros time);
// Mon, 23 Nov 2026 10:03:46 GMT, for the Date header.
std::string HttpDate(Micros time);

// ISO 8601 date-time with Z or an offset (a '+' that a client forgot to encode arrives as a space and is refused), or a
// bare date. Nothing when the text is not one.
std::optional<Micros> ParseIso8601(std::string_view text);
// Exactly YYYY-MM-DD.
bool IsCalendarDate(std::string_view text);

// Amazon shows milliseconds, so every stored time is cut to them: a client that asks from a time it was shown must find
// the order it was shown with.
constexpr Micros CutToMillis(Micros time) { return time - time % kMillisecond; }

}  // namespace amazon_sim
