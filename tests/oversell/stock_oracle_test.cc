#include "tests/oversell/stock_oracle.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

class StockOracleTest : public ::testing::Test {
 protected:
  StockOracleTest() {
    channel_ = {.id = "uk", .account_id = "shop", .enabled = true};
    Tell({channel_, ListingStock{.channel_id = "uk",
                                 .account_id = "shop",
                                 .sku = "MUG",
                                 .fulfilment = Fulfilment::kMerchant,
                                 .item_id = 7}});
  }
  void Tell(const InventoryChanges& changes) { oracle_.Committed(changes); }
  static LevelRecord Level(int64_t level, int64_t reserved, const std::string& location = "default") {
    return {.item_id = 7, .location_id = location, .level = level, .reserved = reserved};
  }
  static TargetRecord Sent(int64_t intent_id, int32_t quantity) {
    return {.account_id = "shop",
            .sku = "MUG",
            .owner_channel_id = "uk",
            .state = TargetState::kInFlight,
            .wanted = quantity,
            .intent_id = intent_id};
  }
  std::optional<int64_t> Rule() { return oracle_.RuleNow("shop", "MUG"); }

  ChannelRecord channel_;
  StockOracle oracle_;
};

TEST_F(StockOracleTest, ASubmissionIsJudgedByTheStockOfItsRevision_NotOfALaterOne) {
  Tell({Level(5, 1)});
  Tell({Sent(1, 4), Level(5, 3)});
  Tell({Sent(2, 4)});
  const auto submissions = oracle_.submissions();
  ASSERT_EQ(submissions.size(), 2u);
  EXPECT_EQ(submissions[0].rule, 4) << "the level fell after it, in the same commit";
  EXPECT_EQ(submissions[1].rule, 2);
  EXPECT_GT(submissions[1].quantity, *submissions[1].rule) << "this is what the campaign calls exceeded";
  EXPECT_LT(submissions[0].revision, submissions[1].revision);
}

TEST_F(StockOracleTest, TheSameIntentToldAgain_IsOneSubmission) {
  Tell({Level(5, 0), Sent(1, 5)});
  Tell({Sent(1, 5)});
  EXPECT_EQ(oracle_.submissions().size(), 1u);
}

TEST_F(StockOracleTest, OneClampOverAllLocations_ThenTheRules) {
  Tell({Level(5, 7), Level(10, 0, "second"), Sent(1, 8)});
  EXPECT_EQ(Rule(), 8);
  EXPECT_EQ(oracle_.StockNow(7), 8);
  channel_.config.listed_percentage_e4 = 290'000;
  channel_.config.max_listed_quantity = 20;
  Tell({channel_, Level(100, 0), Level(0, 0, "second")});
  EXPECT_EQ(Rule(), 20);
  channel_.config.max_listed_quantity.reset();
  Tell({channel_});
  EXPECT_EQ(Rule(), 29);
  channel_.config.end_when_quantity = 100;
  Tell({channel_});
  EXPECT_EQ(Rule(), 0);
  EXPECT_EQ(oracle_.StockNow(7), 100);
}

TEST_F(StockOracleTest, AListingsOwnRules_AndPacks_GoFirst) {
  Tell({Level(20, 0), Sent(1, 3)});
  ListingStock listing{.channel_id = "uk",
                       .account_id = "shop",
                       .sku = "MUG",
                       .fulfilment = Fulfilment::kMerchant,
                       .item_id = 7,
                       .units_per_listing = 6};
  Tell({listing});
  EXPECT_EQ(Rule(), 3);
  listing.max_listed_quantity = 2;
  Tell({listing});
  EXPECT_EQ(Rule(), 2);
  listing.end_when_quantity = 3;
  Tell({listing});
  EXPECT_EQ(Rule(), 0);
  listing.fulfilment = Fulfilment::kMarketplace;
  Tell({listing});
  EXPECT_EQ(Rule(), std::nullopt);
}

TEST_F(StockOracleTest, ALevelThatWasNeverSet_AllowsNothing) {
  LevelRecord unset{.item_id = 7, .location_id = "default", .reserved = 1};
  Tell({unset, Sent(1, 0)});
  EXPECT_EQ(Rule(), std::nullopt);
  EXPECT_EQ(oracle_.submissions().at(0).rule, std::nullopt);
}

TEST_F(StockOracleTest, WhatIsNotTold_IsLost) {
  EXPECT_FALSE(oracle_.lost());
  Tell({InventoryRewritten()});
  EXPECT_TRUE(oracle_.lost());
}

}  // namespace
}  // namespace quayside
