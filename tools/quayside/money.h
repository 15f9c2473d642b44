// Amounts for people, exactly.
#pragma once

#include <string>

#include "quayside/v1/common.pb.h"

namespace quayside::cli {

// "-12.50 GBP": at least two decimals, more only when they are not zero.
[[nodiscard]] std::string FormatMoney(const v1::Money& money);

}  // namespace quayside::cli
