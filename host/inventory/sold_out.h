// Did orders take the last unit? Pure. What sold out is trade and no accident: the brake (brake.h) does not count it.
#pragma once

#include <vector>

#include "host/inventory/quantity_rules.h"
#include "host/store/records.h"

namespace quayside {

// True when something would be shown but for what the orders hold that came after the number was decided which the
// marketplace shows (`since`; of the listing's item). False when the levels, the rules, the locations or the link come
// to nothing without them: an import that lost units or took the reserved ones off twice, a rule that ends everything.
// An order that left before it ever held anything (shipped elsewhere) has lowered the level itself, and does not show.
[[nodiscard]] bool IsSoldOut(const ChannelRecord& channel, const ListingRecord& listing,
                             std::vector<LocationStock> stock, const std::vector<ReservationRecord>& since);

}  // namespace quayside
