// Why a number is what it is, in a line for a person.
#pragma once

#include <cstdint>
#include <string>

#include "host/inventory/target_verdict.h"

namespace quayside {

// "50", "33.3": 1/10,000 of a percent.
[[nodiscard]] std::string PercentText(int32_t percentage_e4);

// "12 available"; "20 available, 3 listings of 6"; "12 available, at most 10 are listed"; "2 available, ends at 5".
[[nodiscard]] std::string QuantityWords(const ComputedQuantity& computed, int32_t units_per_listing);

}  // namespace quayside
