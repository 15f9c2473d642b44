// Which quantities may go to Amazon, and as what: the rules both ways out have in common, one by one and in bulk.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside::amazon {

// Why this intent must not be sent at all, as its outcome; false = it may.
[[nodiscard]] bool RejectUnsendable(const plugin::v1::QuantityIntent& intent, plugin::v1::Outcome& outcome);

void Reject(plugin::v1::Outcome& outcome, std::string reason, std::string message);
void PutOff(plugin::v1::Outcome& outcome, int64_t at_us, std::string reason);

// Amazon's patch operations for the quantity, and the handling time when there is one. The operation is `merge`, which
// leaves handling time and restock date as they are. An intent that is to clear the handling time goes as `replace`,
// which forgets both.
[[nodiscard]] boost::json::array QuantityPatches(const plugin::v1::QuantityIntent& intent);
[[nodiscard]] std::string ProductTypeOf(const plugin::v1::QuantityIntent& intent);

}  // namespace quayside::amazon
