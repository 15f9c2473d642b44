#include "core/outbound_preview.h"

#include <map>

#include "core/outbound_life.h"
#include "core/time_text.h"

namespace amazon_sim {

PreviewedSpeed PreviewSpeed(OutboundSpeed speed, std::int64_t units, Micros now) {
  const std::int64_t step = static_cast<std::int64_t>(speed);
  PreviewedSpeed previewed{.speed = speed, .per_unit_minor = units * (230 + 120 * step), .per_order_minor = 100};
  previewed.earliest_ship = CutToMillis(now) + 4 * kHour;
  previewed.latest_ship = CutToMillis(now) + LongestToShip(speed);
  previewed.earliest_arrival = previewed.earliest_ship + LongestOnTheWay(speed) / 2;
  previewed.latest_arrival = previewed.latest_ship + LongestOnTheWay(speed);
  return previewed;
}

std::vector<std::size_t> LinesShortOfStock(const Warehouse& warehouse, const OutboundTerms& terms) {
  std::map<std::string_view, std::int64_t> left;
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < terms.lines.size(); ++i) {
    const OutboundLine& line = terms.lines[i];
    const FbaStock* stock = warehouse.Find(terms.marketplace->stock_pool, line.listing->sku);
    const std::int64_t there = stock ? stock->units.fulfillable + stock->units.reserved_transfer : 0;
    std::int64_t& rest = left.try_emplace(line.listing->sku, there).first->second;
    if (rest < line.quantity) lines.push_back(i);
    rest -= line.quantity;
  }
  return lines;
}

}  // namespace amazon_sim
