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
// 20261123T100346Z, as presigned addresses date themselves; ParseCompactUtc reads exactly that.
std::string CompactUtc(Micros time);
std::optional<Micros> ParseCompactUtc(std::string_view text);
// open-date of a merchant's listing reports: "23/11/2026 10:03:46 GMT" in Europe, "2026-11-23 02:03:46 PST" in America,
// "2026/11/23 19:03:46 JST" in the Far East. Winter time all year.
std::string ReportDate(Micros time, std::string_view region);

// ISO 8601 date-time with Z or an offset (a '+' that a client forgot to encode arrives as a space and is refused), or a
// bare date. Nothing when the text is not one.
std::optional<Micros> ParseIso8601(std::string_view text);
// Exactly YYYY-MM-DD.
bool IsCalendarDate(std::string_view text);

// Amazon shows milliseconds, so every stored time is cut to them: a client that asks from a time it was shown must find
// the order it was shown with.
constexpr Micros CutToMillis(Micros time) { return time - time % kMillisecond; }

}  // namespace amazon_sim
