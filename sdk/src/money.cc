#include "quayside/money.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace quayside::sdk {
namespace {

constexpr int32_t kNanos = 1'000'000'000;
constexpr size_t kMaxDecimals = 9;

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool IsCurrency(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<pb::Money> ParseMoney(std::string_view amount, std::string_view currency, char decimal_separator) {
  if (!IsCurrency(currency)) return std::nullopt;
  const bool negative = !amount.empty() && amount.front() == '-';
  if (negative) amount.remove_prefix(1);
  const size_t point = amount.find(decimal_separator);
  const std::string_view whole = amount.substr(0, point);
  const std::string_view decimals = point == std::string_view::npos ? std::string_view() : amount.substr(point + 1);
  if (whole.empty() || !AllDigits(whole) || !AllDigits(decimals) || decimals.size() > kMaxDecimals) return std::nullopt;
  if (point != std::string_view::npos && decimals.empty()) return std::nullopt;

  int64_t units = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), units).ec != std::errc()) return std::nullopt;
  int32_t nanos = 0;
  for (size_t i = 0; i < kMaxDecimals; ++i) nanos = nanos * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);

  pb::Money money;
  money.set_currency_code(std::string(currency));
  money.set_units(negative ? -units : units);
  money.set_nanos(negative ? -nanos : nanos);
  return money;
}

bool AddMoney(pb::Money& total, const pb::Money& more) {
  if (total.currency_code() != more.currency_code()) return false;
  int64_t units = 0;
  if (__builtin_add_overflow(total.units(), more.units(), &units)) return false;
  int64_t nanos = int64_t{total.nanos()} + more.nanos();
  // Carry, then give both parts the same sign.
  if (__builtin_add_overflow(units, nanos / kNanos, &units)) return false;
  nanos %= kNanos;
  if (units > 0 && nanos < 0) {
    units -= 1;
    nanos += kNanos;
  } else if (units < 0 && nanos > 0) {
    units += 1;
    nanos -= kNanos;
  }
  total.set_units(units);
  total.set_nanos(static_cast<int32_t>(nanos));
  return true;
}

std::string FormatMoney(const pb::Money& money, char decimal_separator) {
  char text[48];
  const bool negative = money.units() < 0 || money.nanos() < 0;
  const auto units = static_cast<unsigned long long>(money.units());  // of the smallest int64 there is no positive one
  std::snprintf(text, sizeof text, "%llu.%09d", money.units() < 0 ? 0 - units : units, std::abs(money.nanos()));
  std::string decimal = text;
  const size_t point = decimal.find('.');
  const size_t least = point + 3;
  while (decimal.size() > least && decimal.back() == '0') decimal.pop_back();
  decimal[point] = decimal_separator;
  return (negative ? "-" : "") + decimal;
}

}  // namespace quayside::sdk
