// plugin/1 check: does the account work, and what is missing?
#pragma once

#include "quayside/sdk.h"
#include "settings.h"

namespace quayside::amazon {

// Findings: "credentials", "marketplace:<id>" for every configured one, "role:orders", "role:listings", "seller_id".
// The scarce searchOrders is not called: getOrder with an id that cannot exist tells the role as well.
[[nodiscard]] sdk::Result<plugin::v1::CheckReply> CheckAccount(const Settings& settings, sdk::Step& step);

}  // namespace quayside::amazon
