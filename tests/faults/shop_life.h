// Random life of a shop: buyers order, pay, cancel and are shipped to at Amazon; the merchant counts and sells
// elsewhere.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/base/rng.h"
#include "tests/engine_world/engine_world.h"

namespace quayside {

class ShopLife {
 public:
  ShopLife(EngineWorld& world, uint64_t seed) : world_(world), rng_(seed) {}

  // Listings of the scenario: plenty, scarce and counted merchant stock, and some in Amazon's warehouse.
  static boost::json::array Listings();
  // Every item has a level from now on (FBA items too: theirs must never get to Amazon).
  void CountEverything();
  // Does one thing, at Amazon or here.
  void Act();
  [[nodiscard]] int64_t actions() const { return actions_; }

 private:
  void Order();
  void Pay();
  void Ship();
  void Cancel();
  void Adjust();
  void Count();
  std::string TakeOne(std::vector<std::string>& orders);
  std::string AnySku(const char* group, int count);

  EngineWorld& world_;
  SeededRng rng_;
  std::vector<std::string> pending_;
  std::vector<std::string> unshipped_;
  int64_t actions_ = 0;
};

}  // namespace quayside
