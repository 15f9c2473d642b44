#include "values.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

constexpr int kNanoDigits = 9;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes `count` digits (or `least` to `count`) from the beginning of `text`.
std::optional<int> TakeNumber(std::string_view& text, size_t least, size_t count) {
  size_t length = 0;
  while (length < text.size() && length < count && IsDigit(text[length])) ++length;
  if (length < least) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + length, value);
  text.remove_prefix(length);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> ToDay(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::sys_days> TakeDay(std::string_view& text, DateOrder order) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  constexpr size_t kYearDigits = 4;
  if (digits == kYearDigits) {
    const auto year = TakeNumber(text, 4, 4);
    if (!year || !Take(text, '-')) return std::nullopt;
    const auto month = TakeNumber(text, 2, 2);
    if (!month || !Take(text, '-')) return std::nullopt;
    const auto day = TakeNumber(text, 2, 2);
    return day ? ToDay(*year, *month, *day) : std::nullopt;
  }
  if (order == DateOrder::kIso || digits == 0 || digits >= text.size()) return std::nullopt;
  const char separator = text[digits];
  if (separator != '.' && separator != '/' && separator != '-') return std::nullopt;
  const auto first = TakeNumber(text, 1, 2);
  if (!first || !Take(text, separator)) return std::nullopt;
  const auto second = TakeNumber(text, 1, 2);
  if (!second || !Take(text, separator)) return std::nullopt;
  const auto year = TakeNumber(text, 4, 4);
  if (!year) return std::nullopt;
  return order == DateOrder::kDayFirst ? ToDay(*year, *second, *first) : ToDay(*year, *first, *second);
}

// "06:31[:05[.123]]"; a fraction beyond microseconds is cut.
std::optional<int64_t> TakeTimeOfDay(std::string_view& text) {
  const auto hour = TakeNumber(text, 1, 2);
  if (!hour || !Take(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  int64_t time_us = (*hour * 3600LL + *minute * 60LL) * kSecondUs;
  if (!Take(text, ':')) return time_us;
  const auto second = TakeNumber(text, 2, 2);
  if (!second || *second > 59) return std::nullopt;
  time_us += *second * kSecondUs;
  if (!Take(text, '.')) return time_us;
  int64_t unit = kSecondUs / 10;
  if (text.empty() || !IsDigit(text.front())) return std::nullopt;
  for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), unit /= 10)
    time_us += (text.front() - '0') * unit;
  return time_us;
}

// "Z", "+01:00", "-0530" or nothing.
std::optional<int64_t> TakeOffset(std::string_view& text) {
  if (text.empty() || Take(text, 'Z')) return 0;
  const bool is_east = Take(text, '+');
  if (!is_east && !Take(text, '-')) return std::nullopt;
  const auto hours = TakeNumber(text, 2, 2);
  Take(text, ':');
  const auto minutes = TakeNumber(text, 2, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int64_t offset_us = (*hours * 3600LL + *minutes * 60LL) * kSecondUs;
  return is_east ? offset_us : -offset_us;
}

std::string Formatted(const char* form, int64_t time_us) {
  const std::chrono::sys_seconds time{std::chrono::seconds(time_us / kSecondUs)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  const int length =
      std::snprintf(text, sizeof(text), form, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                    static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return {text, static_cast<size_t>(std::max(length, 0))};
}

}  // namespace

std::optional<int64_t> ParseCount(std::string_view text, int64_t most, char decimal_separator) {
  const size_t separator = text.find(decimal_separator);
  if (separator != std::string_view::npos) {
    const std::string_view decimals = text.substr(separator + 1);
    if (decimals.empty() || decimals.find_first_not_of('0') != std::string_view::npos) return std::nullopt;
    text = text.substr(0, separator);
  }
  int64_t value = 0;
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > most) return std::nullopt;
  return value;
}

std::optional<pb::Money> ParseAmount(std::string_view text, char decimal_separator, const std::string& currency) {
  const bool is_negative = Take(text, '-');
  const size_t separator = std::min(text.find(decimal_separator), text.size());
  const std::string_view whole = text.substr(0, separator);
  const std::string_view decimals = text.substr(std::min(separator + 1, text.size()));
  const bool has_separator = separator < text.size();
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), IsDigit)) return std::nullopt;
  if (has_separator && (decimals.empty() || decimals.size() > kNanoDigits)) return std::nullopt;
  if (!std::all_of(decimals.begin(), decimals.end(), IsDigit)) return std::nullopt;
  int64_t units = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), units).ec != std::errc()) return std::nullopt;
  int32_t nanos = 0;
  for (size_t i = 0; i < kNanoDigits; ++i) nanos = nanos * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  pb::Money money;
  money.set_currency_code(currency);
  money.set_units(is_negative ? -units : units);
  money.set_nanos(is_negative ? -nanos : nanos);
  return money;
}

std::optional<int64_t> ParseTime(std::string_view text, DateOrder order) {
  const auto day = TakeDay(text, order);
  if (!day) return std::nullopt;
  int64_t time_us = std::chrono::duration_cast<std::chrono::microseconds>(day->time_since_epoch()).count();
  if (text.empty()) return time_us;
  if (!Take(text, 'T') && !Take(text, ' ')) return std::nullopt;
  const auto time_of_day = TakeTimeOfDay(text);
  if (!time_of_day) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return time_us + *time_of_day - *offset;
}

std::string TimeText(int64_t time_us) { return Formatted("%04d-%02u-%02uT%02d:%02d:%02dZ", time_us); }
std::string TimeStamp(int64_t time_us) { return Formatted("%04d%02u%02uT%02d%02d%02dZ", time_us); }

std::string ShortHash(std::string_view text) {
  constexpr uint64_t kOffset = 14695981039346656037U;
  constexpr uint64_t kPrime = 1099511628211U;
  constexpr char kHexDigits[] = "0123456789abcdef";
  uint64_t hash = kOffset;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += kHexDigits[(hash >> shift) & 0xf];
  return digits;
}

}  // namespace quayside::flatfile
