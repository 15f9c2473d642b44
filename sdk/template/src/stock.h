// inventory_push/1.
#pragma once

#include "shop_api.h"

namespace example_shop {

// POST /stock {"sku", "quantity"}: absolute, so sending it twice does no harm.
[[nodiscard]] sdk::Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, sdk::Step& step);

}  // namespace example_shop
