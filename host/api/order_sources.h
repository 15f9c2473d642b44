// Whose orders have a say in quantities.
#pragma once

#include <string>

#include "host/api/manifests.h"
#include "host/store/store.h"

namespace quayside {

// Does the account's plugin offer orders? Asked of accounts with an enabled channel only.
[[nodiscard]] bool BringsOrders(ReadTx& tx, const Manifests& manifests, const std::string& account_id);

}  // namespace quayside
