// Amazon's marketplaces, by region.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace amazon_sim {

struct Marketplace {
  std::string_view id;
  std::string_view country;
  std::string_view region;  // NA, EU or FE
  std::string_view name;    // as salesChannel.marketplaceName shows it
  std::string_view currency;
  std::string_view language;
  int decimals;  // digits after the point in an amount of money
  // Marketplaces of one pool sell from the same units in Amazon's warehouses: the single market is one, Britain
  // another.
  std::string_view stock_pool;

  // The name of FBA stock in this region: AMAZON_NA, AMAZON_EU, AMAZON_JP ...
  std::string_view FbaChannel() const;
};

std::span<const Marketplace> AllMarketplaces();
// By marketplace id, or by country code ("UK" and "GB" both name Britain). Null when there is none.
const Marketplace* FindMarketplace(std::string_view id_or_country);

// Some of them, in four bytes.
class MarketplaceSet {
 public:
  void Add(const Marketplace* marketplace) { bits_ |= Bit(marketplace); }
  bool Has(const Marketplace* marketplace) const { return (bits_ & Bit(marketplace)) != 0; }
  // In the order of AllMarketplaces().
  std::vector<const Marketplace*> List() const;
  // Null when there is none.
  const Marketplace* First() const;

 private:
  static std::uint32_t Bit(const Marketplace* marketplace);

  std::uint32_t bits_ = 0;
};

}  // namespace amazon_sim
