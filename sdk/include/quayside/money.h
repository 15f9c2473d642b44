// Exact amounts from decimal texts, and back. Never through a floating-point number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/types.pb.h"

namespace quayside::sdk {

namespace pb = ::quayside::plugin::v1;

// "19.99", "-0.5", "5980"; currency as ISO 4217, three capitals. Empty for anything else: a sign but minus, an
// exponent, grouping, more than nine decimals, an amount beyond int64.
[[nodiscard]] std::optional<pb::Money> ParseMoney(std::string_view amount, std::string_view currency);

// "12.50": two decimals at least, none lost. The currency is left out.
[[nodiscard]] std::string FormatMoney(const pb::Money& money);

// False when the currencies differ or the sum is beyond int64; `total` is then unchanged.
[[nodiscard]] bool AddMoney(pb::Money& total, const pb::Money& more);

}  // namespace quayside::sdk
