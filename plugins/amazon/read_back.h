// inventory_push/1 read_back: what Amazon holds for SKUs now. One SKU by getListingsItem, several by
// searchListingsItems, 20 a call. All or nothing: the reply has a result for every SKU asked for.
#pragma once

#include "quayside/inventory_push.h"
#include "settings.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::ReadBackReply> ReadBackQuantities(const Settings& settings,
                                                                        const plugin::v1::ReadBackRequest& request,
                                                                        sdk::Step& step);

}  // namespace quayside::amazon
