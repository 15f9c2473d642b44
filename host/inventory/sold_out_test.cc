#include "host/inventory/sold_out.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

class SoldOutTest : public ::testing::Test {
 protected:
  bool SoldOut(std::optional<int32_t> shown) { return IsSoldOut(channel_, listing_, stock_, shown); }

  ChannelRecord channel_{.id = "uk"};
  ListingRecord listing_{.channel_id = "uk", .sku = "MUG", .item_id = 7};
  std::vector<LocationStock> stock_{{.location_id = "default", .level = 5, .reserved = 5}};
};

TEST_F(SoldOutTest, WhatIsShown_IsThere_AndHeldByOrders) {
  EXPECT_TRUE(SoldOut(5));
  EXPECT_TRUE(SoldOut(2)) << "the rest was held before";
  EXPECT_TRUE(SoldOut(std::nullopt));
}

TEST_F(SoldOutTest, ALevelThatIsLowerThanWhatIsShown_IsNoSale) {
  EXPECT_FALSE(SoldOut(30)) << "an import lost 25 of them, an order has the rest";
  stock_[0] = {.location_id = "default", .level = 0};
  EXPECT_FALSE(SoldOut(5));
  EXPECT_FALSE(SoldOut(std::nullopt));
  stock_.clear();
  EXPECT_FALSE(SoldOut(std::nullopt));
}

TEST_F(SoldOutTest, ARuleThatEndsEverything_IsNoSale) {
  channel_.config.end_when_quantity = 5;
  EXPECT_FALSE(SoldOut(5));
  channel_.config.end_when_quantity = 4;
  EXPECT_TRUE(SoldOut(5)) << "one was sold, and with four left none is shown";
  listing_.max_listed_quantity = 0;
  EXPECT_FALSE(SoldOut(5));
}

TEST_F(SoldOutTest, OnlyLocationsThatCount_HaveASay) {
  stock_.push_back({.location_id = "shed", .level = 9, .reserved = 9});
  EXPECT_TRUE(SoldOut(14));
  channel_.config.inventory_from_location = true;
  channel_.config.inventory_locations = {"shed"};
  EXPECT_FALSE(SoldOut(14));
  EXPECT_TRUE(SoldOut(9));
}

TEST_F(SoldOutTest, ListingsOfSeveralUnits_AreCountedAsListings) {
  stock_[0] = {.location_id = "default", .level = 17, .reserved = 12};
  listing_.units_per_listing = 6;
  EXPECT_TRUE(SoldOut(2));
  EXPECT_FALSE(SoldOut(3));
}

}  // namespace
}  // namespace quayside
