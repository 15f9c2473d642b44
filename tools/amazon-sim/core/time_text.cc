#include "core/time_text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace amazon_sim {
namespace {

struct Civil {
  int year;
  unsigned month, day, weekday;
  int hour, minute, second, millisecond;
};

Civil ToCivil(Micros time) {
  using std::chrono::days, std::chrono::microseconds;
  const std::chrono::sys_time<microseconds> point{microseconds(time)};
  const auto day = std::chrono::floor<days>(point);
  const std::chrono::year_month_day ymd(day);
  const std::chrono::hh_mm_ss<microseconds> clock(point - day);
  return {.year = static_cast<int>(ymd.year()),
          .month = static_cast<unsigned>(ymd.month()),
          .day = static_cast<unsigned>(ymd.day()),
          .weekday = std::chrono::weekday(day).c_encoding(),
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count()),
          .millisecond = static_cast<int>(clock.subseconds().count() / 1000)};
}

// Reads exactly `digits` digits and moves past them.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Micros> TakeDate(std::string_view& text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                        std::chrono::day(static_cast<unsigned>(*day))};
  if (!ymd.ok()) return std::nullopt;
  return std::chrono::sys_days(ymd).time_since_epoch().count() * kDay;
}

std::optional<Micros> TakeClock(std::string_view& text) {
  const auto hour = TakeNumber(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  Micros time = *hour * kHour + *minute * kMinute;
  if (!TakeChar(text, ':')) return time;
  const auto second = TakeNumber(text, 2);
  if (!second || *second > 60) return std::nullopt;
  time += *second * kSecond;
  if (!TakeChar(text, '.')) return time;
  Micros unit = kSecond / 10;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    time += (text.front() - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  return time;
}

// How far local time is ahead of UTC.
std::optional<Micros> TakeZone(std::string_view& text) {
  if (TakeChar(text, 'Z')) return 0;
  const Micros sign = TakeChar(text, '+') ? 1 : TakeChar(text, '-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour) return std::nullopt;
  TakeChar(text, ':');
  const auto minute = text.empty() ? std::optional<int>(0) : TakeNumber(text, 2);
  if (!minute) return std::nullopt;
  return sign * (*hour * kHour + *minute * kMinute);
}

}  // namespace

std::string Iso8601(Micros time) {
  const Civil c = ToCivil(time);
  std::array<char, 48> text;
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", c.year, c.month,
                                 c.day, c.hour, c.minute, c.second, c.millisecond);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string HttpDate(Micros time) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil c = ToCivil(time);
  std::array<char, 48> text;
  const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[c.weekday],
                                 c.day, kMonths[c.month - 1], c.year, c.hour, c.minute, c.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string CompactUtc(Micros time) {
  const Civil c = ToCivil(time);
  std::array<char, 48> text;
  const int size = std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", c.year, c.month, c.day, c.hour,
                                 c.minute, c.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<Micros> ParseCompactUtc(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  const std::string spread = std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" +
                             std::string(text.substr(6, 5)) + ":" + std::string(text.substr(11, 2)) + ":" +
                             std::string(text.substr(13));
  return ParseIso8601(spread);
}

std::string ReportDate(Micros time, std::string_view region) {
  const bool american = region == "NA";
  const bool european = region == "EU";
  const Civil c = ToCivil(american ? time - 8 * kHour : european ? time : time + 9 * kHour);
  std::array<char, 48> text;
  const int size =
      european ? std::snprintf(text.data(), text.size(), "%02u/%02u/%04d %02d:%02d:%02d GMT", c.day, c.month, c.year,
                               c.hour, c.minute, c.second)
               : std::snprintf(text.data(), text.size(),
                               american ? "%04d-%02u-%02u %02d:%02d:%02d PST" : "%04d/%02u/%02u %02d:%02d:%02d JST",
                               c.year, c.month, c.day, c.hour, c.minute, c.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<Micros> ParseIso8601(std::string_view text) {
  const auto date = TakeDate(text);
  if (!date) return std::nullopt;
  if (text.empty()) return date;
  if (!TakeChar(text, 'T')) return std::nullopt;
  const auto clock = TakeClock(text);
  if (!clock) return std::nullopt;
  const auto zone = TakeZone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return *date + *clock - *zone;
}

bool IsCalendarDate(std::string_view text) { return TakeDate(text) && text.empty(); }

}  // namespace amazon_sim
