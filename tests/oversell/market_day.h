// A day of three channels on two accounts that sell the same items: buyers order and cancel, a shop counter sells,
// deliveries come. Keeps what really is on the shelf, and explains each unit that is sold without being there.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/base/rng.h"
#include "tests/engine_world/engine_world.h"
#include "tests/oversell/sales_book.h"
#include "tests/oversell/stock_oracle.h"

namespace quayside {

// A channel; "de" and "uk" are marketplaces of one account, which keeps one quantity for both.
struct MarketChannel {
  const char* id;
  const char* account;
  const char* seller;
  const char* marketplace;     // as the simulator names it
  const char* marketplace_id;  // as Amazon does
};
inline constexpr MarketChannel kMarketChannels[] = {
    {"de", EngineWorld::kAccount, EngineWorld::kSeller, "DE", "A1PA6795UKMFR9"},
    {"uk", EngineWorld::kAccount, EngineWorld::kSeller, "UK", "A1F83G8C2ARO7P"},
    {"outlet", EngineWorld::kSecondAccount, EngineWorld::kSecondSeller, "UK", "A1F83G8C2ARO7P"}};

// What "uk" shows at most; it decides for every third item of its account.
inline constexpr int32_t kUkCeiling = 8;

class MarketDay {
 public:
  MarketDay(EngineWorld& world, const StockOracle& oracle, uint64_t seed)
      : world_(world), oracle_(oracle), rng_(seed) {}

  // Listings of the scenario, of both sellers.
  static boost::json::array Listings();
  // Channels with different rules, listings linked, levels counted; what goes out first waits for a person.
  void Open();
  // Does one thing.
  void Act();

  struct Sums {
    int64_t orders = 0;
    int64_t units = 0;
    int64_t lost_sales = 0;  // the marketplace showed too few
    int64_t cancelled = 0;
    int64_t deliveries = 0;
    int64_t counter_sales = 0;
    std::map<std::string, int64_t> units_by_channel;
  };
  [[nodiscard]] const Sums& sums() const { return sums_; }
  [[nodiscard]] const OversoldUnits& oversold() const { return oversold_; }
  // Sales that nothing explains, in words.
  [[nodiscard]] const std::vector<std::string>& unexplained() const { return unexplained_; }
  // What the host believes, and the marketplaces show, against the shelf: one text for each difference. To be asked
  // when everything has come to rest.
  [[nodiscard]] std::vector<std::string> Differences();

 private:
  struct Bought {
    std::string order_id;
    std::string seller;
    std::string sku;
    int64_t units = 0;
  };

  void Buy();
  void Cancel();
  void SellAtTheCounter();
  void Deliver();
  void Adjust(const std::string& sku, int64_t delta);
  [[nodiscard]] std::string AnySku();
  [[nodiscard]] HostView Look(const MarketChannel& channel, const std::string& sku, int64_t shown);
  [[nodiscard]] int64_t ShownAt(const std::string& seller, const std::string& sku);

  EngineWorld& world_;
  const StockOracle& oracle_;
  SeededRng rng_;
  std::map<std::string, int64_t> items_;  // SKU -> item
  std::map<std::string, int64_t> left_;   // SKU -> units that nobody bought; less than nothing: oversold
  std::vector<Bought> open_;
  std::map<std::pair<std::string, std::string>, int64_t> put_back_;  // seller, SKU -> units
  Sums sums_;
  OversoldUnits oversold_;
  std::vector<std::string> unexplained_;
};

}  // namespace quayside
