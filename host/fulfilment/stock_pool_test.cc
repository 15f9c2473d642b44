// Who reads which stock pool.
#include "host/fulfilment/stock_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two marketplaces of one pool, one of another, and one that shares with nobody.
pb::Manifest Manifest(bool ships = true) {
  pb::Manifest manifest;
  if (ships) manifest.add_contracts()->set_id("fulfilment/1");
  for (const auto& [id, pool] :
       {std::pair("DE", "eu"), std::pair("FR", "eu"), std::pair("UK", "uk"), std::pair("XX", "")}) {
    pb::Marketplace& marketplace = *manifest.add_marketplaces();
    marketplace.set_id(id);
    marketplace.set_stock_pool(pool);
  }
  return manifest;
}

ChannelRecord Channel(const std::string& marketplace, bool enabled, bool syncs) {
  ChannelRecord channel{.id = "c-" + marketplace, .account_id = "acc", .marketplace = marketplace};
  channel.config.fba_enabled = enabled;
  channel.config.fba_sync_inventory = syncs;
  return channel;
}

TEST(StockPoolTest, AMarketplaceThatSharesNothing_IsItsOwnPool) {
  EXPECT_EQ(StockPoolOf(Manifest(), "FR"), "eu");
  EXPECT_EQ(StockPoolOf(Manifest(), "XX"), "XX");
  EXPECT_EQ(StockPoolOf(pb::Manifest(), "FR"), "FR");
}

TEST(SettleFbaTest, TheFirstOfAPoolReadsIt_TheSecondDoesNot) {
  ChannelRecord german = Channel("DE", true, false);
  EXPECT_THAT(SettleFba(Manifest(), {}, {german}, german), IsEmpty());
  EXPECT_TRUE(german.config.fba_sync_inventory);
  ChannelRecord french = Channel("FR", true, false);
  EXPECT_THAT(SettleFba(Manifest(), {}, {german, french}, french), IsEmpty());
  EXPECT_FALSE(french.config.fba_sync_inventory);
  ChannelRecord british = Channel("UK", true, false);
  EXPECT_THAT(SettleFba(Manifest(), {}, {german, british}, british), IsEmpty());
  EXPECT_TRUE(british.config.fba_sync_inventory) << "another pool";
}

TEST(SettleFbaTest, ASecondReaderIsRefused_WithTheNameOfTheFirst) {
  ChannelRecord french = Channel("FR", true, false);
  const auto refused = SettleFba(Manifest(), {.sync_inventory = true}, {Channel("DE", true, true), french}, french);
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].field, "channel.config.fba_sync_inventory");
  EXPECT_THAT(refused[0].description, HasSubstr("channels/c-DE"));
  EXPECT_THAT(SettleFba(Manifest(), {.sync_inventory = true}, {Channel("DE", false, false), french}, french),
              IsEmpty());
}

TEST(SettleFbaTest, WhatASaveSaysNothingOf_StaysAsItWas) {
  ChannelRecord german = Channel("DE", true, false);
  EXPECT_THAT(SettleFba(Manifest(), {.was_enabled = true, .was_syncing = false}, {}, german), IsEmpty());
  EXPECT_FALSE(german.config.fba_sync_inventory);
}

TEST(SettleFbaTest, OffTakesTheReadingWithIt_AndReadingNeedsOn) {
  ChannelRecord german = Channel("DE", false, true);
  EXPECT_THAT(SettleFba(Manifest(), {.was_enabled = true, .was_syncing = true}, {}, german), IsEmpty());
  EXPECT_FALSE(german.config.fba_sync_inventory);
  EXPECT_THAT(SettleFba(Manifest(), {.sync_inventory = true}, {}, german), SizeIs(1));
}

TEST(SettleFbaTest, NeedsAPluginThatShips_ToBeTurnedOn) {
  ChannelRecord german = Channel("DE", true, false);
  EXPECT_THAT(SettleFba(Manifest(false), {}, {}, german), SizeIs(1));
  EXPECT_THAT(SettleFba(Manifest(false), {.was_enabled = true}, {}, german), IsEmpty()) << "the plugin is gone for now";
}

}  // namespace
}  // namespace quayside
