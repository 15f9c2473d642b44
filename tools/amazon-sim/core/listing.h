// A seller's offer of one product, known by its SKU. A catalogue may have a million of them, so this is small: what few
// listings have stands apart, what can be derived is derived.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/listing_title.h"
#include "core/marketplaces.h"
#include "core/sim_clock.h"

namespace amazon_sim {

// A listing as one marketplace shows it.
struct Offer {
  const Marketplace* marketplace = nullptr;
  std::int64_t price_minor = 0;  // in the currency's smallest unit
  bool suppressed = false;       // listed, but neither found nor bought
};

// A price in the smallest unit of the marketplace's currency, from a number like 12.5.
std::int64_t PriceMinor(double price, const Marketplace& marketplace);

struct Listing {
  // Texts of the book's KeepText and KeepWord.
  std::string_view sku;
  std::string_view asin;
  std::string_view product_type = "PRODUCT";

  double price = 9.99;  // the same figure in every currency
  MarketplaceSet offered_in;
  TitleSeed title_seed;  // number 0: no title of that kind

  // Stock of the DEFAULT (merchant) channel: one figure for the whole region, whatever the marketplace. Absent for a
  // listing that only Amazon fulfils.
  std::optional<std::int64_t> quantity;
  Micros created = 0;
  Micros updated = 0;
  std::uint32_t index = 0;  // place in the book
  std::optional<std::int16_t> lead_time_days;
  bool fba = false;
  bool suppressed = false;
  bool deleted = false;

  std::optional<Offer> FindOffer(const Marketplace* marketplace) const {
    if (!offered_in.Has(marketplace)) return std::nullopt;
    return Offer{marketplace, PriceMinor(price, *marketplace), suppressed};
  }
  // Amazon's BUYABLE: something is there to sell.
  bool InStock() const { return fba || quantity.value_or(0) > 0; }
  // The name of Amazon's stock of it; empty when it is offered nowhere.
  std::string_view FbaChannel() const {
    const Marketplace* first = offered_in.First();
    return first ? first->FbaChannel() : std::string_view();
  }

  std::string Title() const;
  void SetTitle(std::string title) { more().title = std::move(title); }
  std::string RestockDate() const { return more_ ? more_->restock_date : std::string(); }  // YYYY-MM-DD or empty
  void SetRestockDate(const std::string& date) {
    if (more_ || !date.empty()) more().restock_date = date;
  }
  // Attributes the simulator does not understand: name -> JSON array text, as patched.
  using Attributes = std::map<std::string, std::string>;
  const Attributes& OtherAttributes() const;
  void SetOtherAttribute(const std::string& name, std::string value) { more().attributes[name] = std::move(value); }
  void ForgetOtherAttribute(const std::string& name) {
    if (more_) more_->attributes.erase(name);
  }
  void ForgetOtherAttributes() {
    if (more_) more_->attributes.clear();
  }

 private:
  struct More {
    std::string title;
    std::string restock_date;
    Attributes attributes;
  };
  More& more() {
    if (!more_) more_ = std::make_unique<More>();
    return *more_;
  }

  std::unique_ptr<More> more_;
};

}  // namespace amazon_sim
