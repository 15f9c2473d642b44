// Amounts for people, exactly.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "quayside/v1/common.pb.h"

namespace quayside::cli {

// "-12.50 GBP": at least two decimals, more only when they are not zero.
[[nodiscard]] std::string FormatMoney(const v1::Money& money);

// "12.50": digits, and at most nine after the point. Nothing for anything else.
[[nodiscard]] std::optional<v1::Money> ParseMoney(absl::string_view amount, const std::string& currency_code);

}  // namespace quayside::cli
