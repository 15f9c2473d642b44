#include "host/inventory/sold_out.h"

#include <algorithm>

#include "host/inventory/target_verdict.h"

namespace quayside {

bool IsSoldOut(const ChannelRecord& channel, const ListingRecord& listing, const std::vector<LocationStock>& stock,
               std::optional<int32_t> shown) {
  std::vector<LocationStock> counted = stock;
  for (LocationStock& at : counted) at.reserved = 0;
  const std::optional<int64_t> units = AvailableStock(counted, channel.config.chosen_locations());
  if (!units.has_value()) return false;
  const int32_t least = std::max(shown.value_or(1), 1);
  return ComputeQuantity(*units, channel.config, FactsOf(listing)).quantity >= least;
}

}  // namespace quayside
