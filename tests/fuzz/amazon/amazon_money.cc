// Amounts as Amazon writes them. The first line is the currency.
#include <cstdio>

#include "money.h"
#include "tests/fuzz/target.h"

namespace {

__extension__ typedef __int128 Int128;

// With as many decimals as `amount` has.
std::string Written(const quayside::plugin::v1::Money& money, std::string_view amount) {
  const size_t point = amount.find('.');
  const size_t decimals = point == std::string_view::npos ? 0 : amount.size() - point - 1;
  char nanos[16];
  std::snprintf(nanos, sizeof nanos, "%09d", money.nanos() < 0 ? -money.nanos() : money.nanos());
  const bool negative = money.units() < 0 || money.nanos() < 0;
  const uint64_t units = negative ? 0 - static_cast<uint64_t>(money.units()) : static_cast<uint64_t>(money.units());
  std::string text = (negative ? "-" : "") + std::to_string(units);
  if (point != std::string_view::npos) text += "." + std::string(nanos).substr(0, decimals);
  return text;
}

std::string WithoutLeadingZeros(std::string_view amount) {
  const bool negative = amount.starts_with('-');
  if (negative) amount.remove_prefix(1);
  while (amount.size() > 1 && amount[0] == '0' && amount[1] != '.') amount.remove_prefix(1);
  const bool zero = amount.find_first_not_of("0.") == std::string_view::npos;
  return (negative && !zero ? "-" : "") + std::string(amount);
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(amazon_money) {
  const auto [currency, amount] = SplitLine(input);
  const auto money = amazon::ParseMoney(amount, currency);
  if (!money) return;
  Require(money->currency_code() == currency, "the currency is the one that was told");
  Require(Written(*money, amount) == WithoutLeadingZeros(amount), "an amount is exact: " + std::string(amount));
  auto sum = *money;
  if (amazon::AddMoney(sum, *money) && amazon::AddMoney(sum, *money)) {
    const auto nanos = [](const plugin::v1::Money& value) {
      return static_cast<Int128>(value.units()) * 1'000'000'000 + value.nanos();
    };
    Require(nanos(sum) == 3 * nanos(*money), "a sum is exact");
  }
}
