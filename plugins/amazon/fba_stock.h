// fulfilment/1 pull_stock with FBA Inventory v1: what lies in Amazon's warehouses, read through one marketplace of a
// stock pool, since each marketplace of a pool shows the pool's sum.
//
// A page token dies after 30 seconds, so a step reads pages back to back for as long as it may, and a pass whose token
// died begins anew under another id. Between complete passes, one a day, come deltas of what changed.
#pragma once

#include "quayside/fulfilment.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

constexpr char kSummaries[] = "getInventorySummaries";
// The first page of what lies there, as `marketplace` shows it.
[[nodiscard]] plugin::v1::HttpRequest SummariesRequest(const Settings& settings, const std::string& marketplace);

[[nodiscard]] sdk::Result<plugin::v1::PullStockReply> PullStock(const Settings& settings, ServerClock& clock,
                                                                const plugin::v1::PullStockRequest& request,
                                                                sdk::Step& step);

}  // namespace quayside::amazon
