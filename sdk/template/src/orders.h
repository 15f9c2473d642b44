// order_sync/1.
#pragma once

#include "shop_api.h"

namespace example_shop {

// GET /orders?since=T answers {"orders": [{"id", "changed", "lines": [{"id", "sku", "units"}]}], "more"}, oldest change
// first; T and "changed" are UTC microseconds.
[[nodiscard]] sdk::Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, sdk::Step& step);

}  // namespace example_shop
