// The stock of an item as the rules want it: every location with its kind, level and reservation.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "host/inventory/quantity_rules.h"
#include "host/store/store.h"

namespace quayside {

[[nodiscard]] absl::StatusOr<std::vector<LocationStock>> ReadStock(ReadTx& tx, int64_t item_id,
                                                                   const std::vector<LocationRecord>& locations);

}  // namespace quayside
