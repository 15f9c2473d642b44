// Did orders take the last unit? Pure. What sold out is trade and no accident: the brake (brake.h) does not count it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/inventory/quantity_rules.h"
#include "host/store/records.h"

namespace quayside {

// True when the units that were counted would still be enough for what the channel shows (`shown`; unset = nobody
// knows), if no open order held any: only orders came between. False when the levels, the rules, the locations or the
// link alone give fewer: an import that lost them, a rule that ends everything. An order that left before it was ever
// reserved (shipped elsewhere) has lowered the level itself, and does not show here.
[[nodiscard]] bool IsSoldOut(const ChannelRecord& channel, const ListingRecord& listing,
                             const std::vector<LocationStock>& stock, std::optional<int32_t> shown);

}  // namespace quayside
