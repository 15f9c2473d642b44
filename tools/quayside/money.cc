#include "tools/quayside/money.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quayside::cli {

std::string FormatMoney(const v1::Money& money) {
  const bool negative = money.units() < 0 || money.nanos() < 0;
  // Through the unsigned type: the smallest units have no positive counterpart.
  const std::uint64_t units =
      money.units() < 0 ? 0 - static_cast<std::uint64_t>(money.units()) : static_cast<std::uint64_t>(money.units());
  const std::int64_t nanos = money.nanos() < 0 ? -static_cast<std::int64_t>(money.nanos()) : money.nanos();
  std::string decimals = absl::StrFormat("%09d", nanos);
  decimals.resize(std::max<std::size_t>(2, decimals.find_last_not_of('0') + 1));
  return absl::StrCat(negative ? "-" : "", units, ".", decimals, money.currency_code().empty() ? "" : " ",
                      money.currency_code());
}

std::optional<v1::Money> ParseMoney(absl::string_view amount, const std::string& currency_code) {
  constexpr std::size_t kMostUnitDigits = 15;
  constexpr std::size_t kNanoDigits = 9;
  const std::size_t point = amount.find('.');
  const absl::string_view units = amount.substr(0, point);
  std::string nanos(point == absl::string_view::npos ? "0" : amount.substr(point + 1));
  const auto are_digits = [](absl::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!are_digits(units) || units.size() > kMostUnitDigits || !are_digits(nanos) || nanos.size() > kNanoDigits)
    return std::nullopt;
  nanos.resize(kNanoDigits, '0');
  v1::Money money;
  money.set_currency_code(currency_code);
  std::int64_t whole = 0;
  std::int32_t fraction = 0;
  if (!absl::SimpleAtoi(units, &whole) || !absl::SimpleAtoi(nanos, &fraction)) return std::nullopt;
  money.set_units(whole);
  money.set_nanos(fraction);
  return money;
}

}  // namespace quayside::cli
