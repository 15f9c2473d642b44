// What the warehouse would make of an order, before it is one. Optimistic, as Amazon's: units between two warehouses
// count as there.
#pragma once

#include <vector>

#include "core/outbound_order.h"
#include "core/seller_book.h"

namespace amazon_sim {

struct PreviewedSpeed {
  OutboundSpeed speed = OutboundSpeed::kStandard;
  std::int64_t per_unit_minor = 0;  // fees, in the marketplace's currency
  std::int64_t per_order_minor = 0;
  Micros earliest_ship = 0, latest_ship = 0;
  Micros earliest_arrival = 0, latest_arrival = 0;
};

PreviewedSpeed PreviewSpeed(OutboundSpeed speed, std::int64_t units, Micros now);
// Places of lines the pool has too few units for.
std::vector<std::size_t> LinesShortOfStock(const Warehouse& warehouse, const OutboundTerms& terms);

}  // namespace amazon_sim
