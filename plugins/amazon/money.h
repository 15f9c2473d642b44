// Exact amounts from Amazon's decimal strings. Never through a double (domain 4.5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/types.pb.h"

namespace quayside::amazon {

// "19.99", "-0.5", "5980". Empty for anything else: a sign but minus, an exponent, grouping, more than nine decimals,
// an amount beyond int64, a currency that is not three capitals.
[[nodiscard]] std::optional<plugin::v1::Money> ParseMoney(std::string_view amount, std::string_view currency);

// "12.50": two decimals at least, none lost. The currency is left out.
[[nodiscard]] std::string FormatMoney(const plugin::v1::Money& money);

// False when the currencies differ or the sum is beyond int64; `total` is then unchanged.
[[nodiscard]] bool AddMoney(plugin::v1::Money& total, const plugin::v1::Money& more);

}  // namespace quayside::amazon
