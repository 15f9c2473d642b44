// order_sync/1: orders of the files in the orders place, in the order in which the files came.
#pragma once

#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

[[nodiscard]] sdk::Result<plugin::v1::PullOrdersReply> PullOrders(const Settings& settings,
                                                                  const plugin::v1::PullOrdersRequest& request,
                                                                  sdk::Step& step);

}  // namespace quayside::flatfile
