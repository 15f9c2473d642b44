#include "host/inventory/sold_out.h"

#include <optional>

#include "host/inventory/target_verdict.h"

namespace quayside {

bool IsSoldOut(const ChannelRecord& channel, const ListingRecord& listing, std::vector<LocationStock> stock,
               const std::vector<ReservationRecord>& since) {
  for (const ReservationRecord& held : since) {
    for (LocationStock& at : stock) {
      if (at.location_id == held.location_id) at.reserved -= held.units;
    }
  }
  const std::optional<int64_t> before = AvailableStock(stock, channel.config.chosen_locations());
  return before.has_value() && ComputeQuantity(*before, channel.config, FactsOf(listing)).quantity > 0;
}

}  // namespace quayside
