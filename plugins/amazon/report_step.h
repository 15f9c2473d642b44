// One step of a pass over a report: look for one, order one, wait, fetch it, hand over a page of its lines.
#pragma once

#include "listings_lane.h"

namespace quayside::amazon {

// A report is never ordered twice for a pass: every attempt looks first at what there is, and a lost answer is settled
// by looking for the report until it would surely show.
[[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> ReadReport(ListingsLane& lane);

}  // namespace quayside::amazon
