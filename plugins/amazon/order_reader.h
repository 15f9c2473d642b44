// One order as it is at Amazon now, on getOrder's own allowance.
#pragma once

#include <optional>
#include <string>

#include "caller.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside::amazon {

// Nothing when Amazon does not know it. An error: it could not be asked, or the answer cannot be read.
[[nodiscard]] sdk::Result<std::optional<plugin::v1::Order>> ReadOrder(Caller& caller, const std::string& order_id);

}  // namespace quayside::amazon
