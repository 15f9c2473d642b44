// SKUs of a report that hold a question mark. It may stand for a character that the report's charset lacks, or for
// itself: Amazon is asked for listings of those very names, twenty a call, once the report's last line is read.
#pragma once

#include <string>

#include "listings_lane.h"

namespace quayside::amazon {

[[nodiscard]] bool IsDoubtful(const std::string& sku);

// Has the SKU looked for later. Empty, or why it cannot be: there are too many, it is no name to search by, or it
// stands there already, so that one of the two is another SKU.
[[nodiscard]] std::string AddDoubt(ReportPosition& report, const std::string& sku);

// Looks for the next of them. What Amazon has by that name is a listing of the pass; another one is a bad record, and
// the pass proves nothing. True when no doubt is left.
[[nodiscard]] sdk::Result<bool> SettleSomeDoubts(ListingsLane& lane, plugin::v1::PullListingsReply& reply);

}  // namespace quayside::amazon
