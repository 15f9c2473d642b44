#include "host/inventory/stock_view.h"

#include "host/base/errors.h"

namespace quayside {

absl::StatusOr<std::vector<LocationStock>> ReadStock(ReadTx& tx, int64_t item_id,
                                                     const std::vector<LocationRecord>& locations) {
  QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx.GetLevels(item_id));
  std::vector<LocationStock> stock;
  for (const LevelRecord& level : levels) {
    LocationStock at{.location_id = level.location_id, .level = level.level, .reserved = level.reserved};
    for (const LocationRecord& location : locations) {
      if (location.id != level.location_id) continue;
      at.fulfilment_centre = location.fulfilment_centre;
      at.inactive = location.inactive;
    }
    stock.push_back(std::move(at));
  }
  return stock;
}

}  // namespace quayside
