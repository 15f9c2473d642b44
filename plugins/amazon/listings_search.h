// One page of searchListingsItems for the listings lane.
#pragma once

#include "listings_lane.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> SearchListings(ListingsLane& lane);

}  // namespace quayside::amazon
