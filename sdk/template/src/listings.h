// listing_sync/1.
#pragma once

#include "shop_api.h"

namespace example_shop {

// GET /listings?page=N (from 1) answers {"listings": [{"sku", "title", "quantity"}], "pages": M}.
[[nodiscard]] sdk::Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest& request, sdk::Step& step);

}  // namespace example_shop
