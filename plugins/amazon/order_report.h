// order_sync/1 `enumerate`: the orders of a span by Amazon's report of all orders, another path than searchOrders. The
// report shows orders that searches show late or not at all. It costs one createReport for all marketplaces of the
// account; a report of the same span that is there already serves.
//
// A report that cannot be had or read proves nothing: the span is read from another one, an hour later and then longer.
// CANCELLED is Amazon's word for a report without lines.
#pragma once

#include "quayside/order_sync.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::EnumerateOrdersReply> EnumerateOrders(
    const Settings& settings, ServerClock& clock, const plugin::v1::EnumerateOrdersRequest& request, sdk::Step& step);

}  // namespace quayside::amazon
