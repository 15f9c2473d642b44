#include "tools/quayside/money.h"

#include <algorithm>
#include <cstdint>

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

}  // namespace quayside::cli
