#include "host/inventory/sold_out.h"

#include <gtest/gtest.h>

#include <string>

namespace quayside {
namespace {

class SoldOutTest : public ::testing::Test {
 protected:
  // One order with so many units came since.
  bool SoldOut(int64_t units, const std::string& location = "default") {
    return IsSoldOut(channel_, listing_, stock_, {{.order_id = 1, .location_id = location, .units = units}});
  }

  ChannelRecord channel_{.id = "uk"};
  ListingRecord listing_{.channel_id = "uk", .sku = "MUG", .item_id = 7};
  std::vector<LocationStock> stock_{{.location_id = "default", .level = 100, .reserved = 100}};
};

TEST_F(SoldOutTest, WithoutTheOrdersThatCame_ThereWouldBeSome) {
  EXPECT_TRUE(SoldOut(40)) << "60 were held before, and 40 were shown";
  EXPECT_TRUE(SoldOut(1));
  stock_[0].reserved = 103;
  EXPECT_TRUE(SoldOut(5)) << "more were sold than there were";
}

TEST_F(SoldOutTest, WhatOlderOrdersHold_IsNoSale) {
  EXPECT_FALSE(IsSoldOut(channel_, listing_, stock_, {}));
  stock_[0] = {.location_id = "default", .level = 40, .reserved = 60};
  EXPECT_FALSE(IsSoldOut(channel_, listing_, stock_, {})) << "an import took off twice what is reserved";
}

TEST_F(SoldOutTest, AnImportThatLostTheUnits_IsNoSale_ThoughAnOrderCameToo) {
  stock_[0] = {.location_id = "default", .level = 0, .reserved = 3};
  EXPECT_FALSE(SoldOut(3));
  stock_[0].level.reset();
  EXPECT_FALSE(SoldOut(3));
  stock_.clear();
  EXPECT_FALSE(SoldOut(3));
}

TEST_F(SoldOutTest, ARuleThatEndsEverything_IsNoSale) {
  channel_.config.end_when_quantity = 40;
  EXPECT_FALSE(SoldOut(40));
  channel_.config.end_when_quantity = 39;
  EXPECT_TRUE(SoldOut(40));
  listing_.max_listed_quantity = 0;
  EXPECT_FALSE(SoldOut(40));
}

TEST_F(SoldOutTest, OnlyLocationsThatCount_HaveASay) {
  stock_.push_back({.location_id = "shed", .level = 9, .reserved = 9});
  EXPECT_TRUE(SoldOut(9, "shed"));
  channel_.config.inventory_from_location = true;
  channel_.config.inventory_locations = {"default"};
  EXPECT_FALSE(SoldOut(9, "shed"));
}

TEST_F(SoldOutTest, ListingsOfSeveralUnits_AreCountedAsListings) {
  listing_.units_per_listing = 6;
  EXPECT_TRUE(SoldOut(6));
  EXPECT_FALSE(SoldOut(5));
}

}  // namespace
}  // namespace quayside
