// Random life of a shop: buyers order, pay, cancel and are shipped to at Amazon; the merchant despatches, counts and
// sells elsewhere.
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

  // Listings of the scenario: plenty, scarce and counted merchant stock, and some in Amazon's warehouse; and `more` to
  // which nothing happens, with which a pass may become a report.
  static boost::json::array Listings(int64_t more);
  // Every item has a level from now on (FBA items too: theirs must never get to Amazon).
  void CountEverything();
  // Does one thing, at Amazon or here.
  void Act();
  [[nodiscard]] int64_t actions() const { return actions_; }
  // Packages that left here.
  [[nodiscard]] int64_t despatched() const { return despatched_; }
  // As an operator who has put the cause right: every package that failed is confirmed again. Whether there was one.
  bool RetryFailed();

 private:
  void Order();
  void Pay();
  void Ship();
  void Cancel();
  // One or two packages leave here, some without a tracking number; an order that left in part leaves in full later.
  void Despatch();
  void Adjust();
  void Count();
  std::string TakeOne(std::vector<std::string>& orders);
  std::string AnySku(const char* group, int count);

  EngineWorld& world_;
  SeededRng rng_;
  std::vector<std::string> pending_;
  std::vector<std::string> unshipped_;
  std::vector<std::string> partly_;  // left here in part
  int64_t despatched_ = 0;
  int64_t actions_ = 0;
};

}  // namespace quayside
