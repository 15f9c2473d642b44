#include "host/inventory/quantity_rules.h"

#include <algorithm>

namespace quayside {
namespace {
// g++ and clang both have it; pedantic builds want it announced.
__extension__ typedef __int128 WideInt;
}  // namespace

LocationPart PartOf(const LocationStock& at, const std::vector<std::string>& chosen) {
  const bool is_chosen = std::find(chosen.begin(), chosen.end(), at.location_id) != chosen.end();
  return PartOf(!chosen.empty(), is_chosen, at.fulfilment_centre, at.inactive);
}

std::optional<int64_t> AvailableStock(const std::vector<LocationStock>& stock, const std::vector<std::string>& chosen) {
  StockSum sum;
  for (const LocationStock& at : stock) {
    if (PartOf(at, chosen) == LocationPart::kCounts) sum.Add(at.level, at.reserved);
  }
  return sum.available();
}

ListingFacts FactsOf(const ListingRecord& listing) {
  return {.fulfilment = listing.fulfilment,
          .ignored = listing.ignored,
          .vanished = listing.vanished,
          .item_id = listing.item_id,
          .units_per_listing = listing.units_per_listing,
          .quantity_seen = listing.quantity_seen,
          .max_listed_quantity = listing.max_listed_quantity,
          .listed_percentage_e4 = listing.listed_percentage_e4,
          .end_when_quantity = listing.end_when_quantity};
}

QuantityRules EffectiveRules(const ChannelConfig& channel, const ListingFacts& listing) {
  QuantityRules rules;
  rules.max_listed =
      listing.max_listed_quantity.has_value() ? listing.max_listed_quantity : channel.max_listed_quantity;
  rules.percentage_e4 =
      listing.listed_percentage_e4.has_value() ? listing.listed_percentage_e4 : channel.listed_percentage_e4;
  rules.end_when = listing.end_when_quantity.value_or(channel.end_when_quantity);
  return rules;
}

int64_t ListedQuantity(int64_t available, const QuantityRules& rules) {
  if (available <= rules.end_when) return 0;
  // 128 bits: a level of a billion times a million does not fit in 64.
  const auto share = static_cast<int64_t>(static_cast<WideInt>(available) *
                                          rules.percentage_e4.value_or(kFullPercentageE4) / kFullPercentageE4);
  return rules.max_listed.has_value() ? std::min<int64_t>(share, *rules.max_listed) : share;
}

}  // namespace quayside
