// post_sale/1: cancellations and refunds through Amazon's order feeds. A whole order is cancelled by an acknowledgement
// with a reason for every line; single units, and refunds, by an adjustment. Amazon decides later.
#pragma once

#include "quayside/post_sale.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

// One feed per call: of the kind and marketplace most intents have; the others are put off to the next.
[[nodiscard]] sdk::Result<plugin::v1::CancelOrdersReply> CancelOrders(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::CancelOrdersRequest& request,
                                                                      sdk::Step& step);
[[nodiscard]] sdk::Result<plugin::v1::RefundOrdersReply> RefundOrders(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::RefundOrdersRequest& request,
                                                                      sdk::Step& step);
[[nodiscard]] sdk::Result<plugin::v1::PollPostSaleReply> PollPostSale(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::PollPostSaleRequest& request,
                                                                      sdk::Step& step);
[[nodiscard]] sdk::Result<plugin::v1::FindPostSaleReply> FindPostSale(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::FindPostSaleRequest& request,
                                                                      sdk::Step& step);

}  // namespace quayside::amazon
