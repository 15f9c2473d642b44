// fulfilment/1 pull_stock: what a warehouse has. Each file of the stock place holds all of it, and is a complete pass;
// one with lines that could not be read is not, so that nothing becomes zero for a typing error.
#pragma once

#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

[[nodiscard]] sdk::Result<plugin::v1::PullStockReply> PullStock(const Settings& settings,
                                                                const plugin::v1::PullStockRequest& request,
                                                                sdk::Step& step);

}  // namespace quayside::flatfile
