// A seller's offer of one product, known by its SKU.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/marketplaces.h"
#include "core/sim_clock.h"

namespace amazon_sim {

// What differs between the marketplaces a listing is offered in.
struct Offer {
  const Marketplace* marketplace = nullptr;
  std::int64_t price_minor = 0;  // in the currency's smallest unit
  bool suppressed = false;       // listed, but neither found nor bought
};

struct Listing {
  std::string sku;
  std::string asin;
  std::string title;
  std::string product_type = "PRODUCT";
  std::vector<Offer> offers;

  // Stock of the DEFAULT (merchant) channel: one figure for the whole region, whatever the marketplace. Absent for a
  // listing that only Amazon fulfils.
  std::optional<std::int64_t> quantity;
  std::optional<int> lead_time_days;
  std::string restock_date;  // YYYY-MM-DD or empty
  bool fba = false;
  std::map<std::string, std::string> other_attributes;  // name -> JSON array text, as patched

  Micros created = 0;
  Micros updated = 0;
  bool deleted = false;

  const Offer* FindOffer(const Marketplace* marketplace) const {
    for (const Offer& offer : offers) {
      if (offer.marketplace == marketplace) return &offer;
    }
    return nullptr;
  }
  // Amazon's BUYABLE: something is there to sell.
  bool InStock() const { return fba || quantity.value_or(0) > 0; }
};

}  // namespace amazon_sim
