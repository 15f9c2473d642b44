// One step of a pass over a report: a part of the way to it (report_walk.h), or a page of its lines.
#pragma once

#include "listings_lane.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> ReadReport(ListingsLane& lane);

}  // namespace quayside::amazon
