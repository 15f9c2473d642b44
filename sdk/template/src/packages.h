// despatch/1.
#pragma once

#include "shop_api.h"

namespace example_shop {

// POST /packages {"order", "number", "carrier", "tracking", "lines": [{"id", "units"}]}: the shop knows a package by order
// and number, so that sending it again edits it.
[[nodiscard]] sdk::Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request,
                                                                    sdk::Step& step);
// GET /packages?order=ID answers {"packages": [{"number"}]}.
[[nodiscard]] sdk::Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
                                                                        sdk::Step& step);

}  // namespace example_shop
