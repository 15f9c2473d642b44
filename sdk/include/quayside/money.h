// Exact amounts from decimal texts, and back. Never through a floating-point number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/types.pb.h"

namespace quayside::sdk {

namespace pb = ::quayside::plugin::v1;

// ISO 4217: three capitals.
[[nodiscard]] bool IsCurrency(std::string_view text);

// "19.99", "-0.5", "5980", with another decimal separator "19,99". Empty for anything else, and when the currency is
// none: a sign but minus, an exponent, grouping, more than nine decimals, an amount beyond int64.
[[nodiscard]] std::optional<pb::Money> ParseMoney(std::string_view amount, std::string_view currency,
                                                  char decimal_separator = '.');

// "12.50": two decimals at least, none lost. The currency is left out.
[[nodiscard]] std::string FormatMoney(const pb::Money& money, char decimal_separator = '.');

// False when the currencies differ or the sum is beyond int64; `total` is then unchanged.
[[nodiscard]] bool AddMoney(pb::Money& total, const pb::Money& more);

}  // namespace quayside::sdk
