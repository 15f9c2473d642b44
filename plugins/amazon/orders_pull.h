// order_sync/1 with Orders 2026-01-01: searchOrders over windows of lastUpdated for `pull`, getOrder for `get`. One
// searchOrders call serves all marketplaces of the account: Amazon allows one in three minutes.
//
// A window [after, before] is read page by page with frozen parameters; the watermark goes to its end when its last
// page is handed over, never earlier. Windows overlap by 15 minutes, since Amazon shows changes late, and end three
// minutes ago by Amazon's own clock, since it refuses the last two. A page token that is refused or outlived, and a
// page that comes twice, begin the same window again. Handing an order over twice is harmless, leaving one out is not.
#pragma once

#include <string>

#include "quayside/order_sync.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

class Orders {
 public:
  // Both must outlive it.
  Orders(const Settings& settings, ServerClock& clock);

  sdk::Result<plugin::v1::PullOrdersReply> Pull(const plugin::v1::PullOrdersRequest& request, sdk::Step& step) const;
  sdk::Result<plugin::v1::GetOrdersReply> Get(const plugin::v1::GetOrdersRequest& request, sdk::Step& step) const;

 private:
  const Settings& settings_;
  ServerClock& clock_;
  const std::string lane_;
};

}  // namespace quayside::amazon
