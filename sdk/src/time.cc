#include "quayside/time.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace quayside::sdk {
namespace {

constexpr int64_t kYear0Us = -62'167'219'200 * kSecondUs;
constexpr int64_t kYear10000Us = 253'402'300'800 * kSecondUs;

// Takes exactly `digits` digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || text.front() == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456789": the first six digits count.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return 0;
  int64_t us = 0;
  size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 6) us = us * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) us *= 10;
  return us;
}

// "Z", "+01:00", "-0330".
std::optional<int64_t> TakeOffset(std::string_view& text) {
  if (TakeChar(text, 'Z')) return 0;
  const bool west = !text.empty() && text.front() == '-';
  if (!west && (text.empty() || text.front() != '+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = TakeNumber(text, 2);
  TakeChar(text, ':');
  const auto minutes = TakeNumber(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int64_t offset = *hours * kHourUs + *minutes * kMinuteUs;
  return west ? -offset : offset;
}

}  // namespace

std::optional<int64_t> ParseTime(std::string_view text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day || !TakeChar(text, 'T')) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // 60: a leap second, shown as the first second of the next minute.
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t time =
      days * kDayUs + *hour * kHourUs + *minute * kMinuteUs + *second * kSecondUs + *fraction - *offset;
  // By its offset it may lie in a year that four digits do not write.
  if (time < kYear0Us || time >= kYear10000Us) return std::nullopt;
  return time;
}

std::optional<int64_t> ParseHttpDate(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT": the form that senders must use. The day of the week says nothing new.
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const size_t comma = text.find(", ");
  if (comma != 3) return std::nullopt;
  text.remove_prefix(comma + 2);
  const auto day = TakeNumber(text, 2);
  if (!day || !TakeChar(text, ' ') || text.size() < 3) return std::nullopt;
  const size_t month = kMonths.find(text.substr(0, 3));
  text.remove_prefix(3);
  if (month == std::string_view::npos || month % 3 != 0 || !TakeChar(text, ' ')) return std::nullopt;
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, ' ')) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  if (!second || text != " GMT") return std::nullopt;
  char iso[40];
  std::snprintf(iso, sizeof iso, "%04d-%02u-%02dT%02d:%02d:%02dZ", *year, static_cast<unsigned>(month / 3 + 1), *day,
                *hour, *minute, *second);
  return ParseTime(iso);
}

int64_t FloorSecond(int64_t us) {
  const int64_t rest = us % kSecondUs;
  return us - (rest < 0 ? rest + kSecondUs : rest);
}

std::string FormatTime(int64_t us) {
  const std::chrono::sys_seconds time{std::chrono::seconds(FloorSecond(us) / kSecondUs)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace quayside::sdk
