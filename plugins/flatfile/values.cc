#include "values.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "quayside/money.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

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

// "2026-11-29"; whether there is such a day says who reads it.
std::optional<std::string> TakeDay(std::string_view& text, DateOrder order) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  constexpr size_t kYearDigits = 4;
  constexpr size_t kIsoDay = 10;
  if (digits == kYearDigits) {
    std::string day(text.substr(0, kIsoDay));
    text.remove_prefix(day.size());
    return day;
  }
  if (order == DateOrder::kIso || digits == 0 || digits >= text.size()) return std::nullopt;
  const char separator = text[digits];
  if (separator != '.' && separator != '/' && separator != '-') return std::nullopt;
  const auto first = TakeNumber(text, 1, 2);
  if (!first || !Take(text, separator)) return std::nullopt;
  const auto second = TakeNumber(text, 1, 2);
  if (!second || !Take(text, separator)) return std::nullopt;
  const auto year = TakeNumber(text, kYearDigits, kYearDigits);
  if (!year) return std::nullopt;
  const bool day_first = order == DateOrder::kDayFirst;
  char day[24];
  std::snprintf(day, sizeof day, "%04d-%02d-%02d", *year, day_first ? *second : *first, day_first ? *first : *second);
  return std::string(day);
}

// "6:31", "06:31:05.123+01:00" as ISO 8601 has it whole: two digits of an hour, seconds, an offset.
std::optional<std::string> WholeTimeOfDay(std::string_view text) {
  const size_t hour_digits = text.find(':');
  if (hour_digits != 1 && hour_digits != 2) return std::nullopt;
  const size_t minutes_end = std::min(hour_digits + 3, text.size());
  std::string whole = (hour_digits == 1 ? "0" : "") + std::string(text.substr(0, minutes_end));
  text.remove_prefix(minutes_end);
  if (text.empty() || text.front() != ':') whole += ":00";
  whole += text;
  if (text.find_first_of("Z+-") == std::string_view::npos) whole += 'Z';
  return whole;
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
  constexpr std::string_view kAnyCurrency = "XXX";
  auto amount = sdk::ParseMoney(text, kAnyCurrency, decimal_separator);
  if (amount) amount->set_currency_code(currency);
  return amount;
}

std::optional<int64_t> ParseTime(std::string_view text, DateOrder order) {
  constexpr std::string_view kFirstYear = "1970";
  const auto day = TakeDay(text, order);
  if (!day || *day < kFirstYear) return std::nullopt;
  if (text.empty()) return sdk::ParseTime(*day + "T00:00:00Z");
  if (!Take(text, 'T') && !Take(text, ' ')) return std::nullopt;
  const auto time_of_day = WholeTimeOfDay(text);
  const auto time = time_of_day ? sdk::ParseTime(*day + "T" + *time_of_day) : std::nullopt;
  // Its first day began earlier to the east.
  return time >= 0 ? time : std::nullopt;
}

std::string TimeStamp(int64_t time_us) {
  std::string text = sdk::FormatTime(time_us);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace quayside::flatfile
