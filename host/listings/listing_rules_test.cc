#include "host/listings/listing_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// "S" is listed and linked on channels "de" and "uk" of one account.
class ListingRulesTest : public testing::Test {
 protected:
  ListingRulesTest() {
    const int64_t item = world.AddItem("S", 10);
    for (const char* id : {"de", "uk"}) world.AddListing(world.AddChannel(id), "S", item);
  }
  absl::StatusOr<LinkResult> Change(const ListingChange& change, const std::string& sku = "S") {
    return world.TryWrite([&](Tx& tx) { return ChangeListing(tx, world.now(), "de", sku, change); });
  }
  absl::StatusOr<LinkResult> Own(const std::string& channel) {
    return world.TryWrite([&](Tx& tx) { return SetQuantityOwner(tx, world.now(), channel, "S"); });
  }

  StoreWorld world;
};

TEST_F(ListingRulesTest, Rules_AreSetAndTakenAwayOneByOne_AndMarkTheTarget) {
  const auto set = Change({.max_listed_quantity = 3, .end_when_quantity = 0});
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->accounts, ElementsAre("acc"));
  EXPECT_EQ(world.Listing("de", "S").max_listed_quantity, 3);
  EXPECT_EQ(world.Listing("de", "S").end_when_quantity, 0);
  EXPECT_FALSE(world.Listing("uk", "S").max_listed_quantity.has_value());
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
  ASSERT_TRUE(Change({.max_listed_quantity = std::optional<int32_t>()}).ok());
  EXPECT_FALSE(world.Listing("de", "S").max_listed_quantity.has_value());
  EXPECT_EQ(world.Listing("de", "S").end_when_quantity, 0) << "left as it was";
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.updated", "listing.updated"));
}

TEST_F(ListingRulesTest, WhatIsSoAlready_IsNoChange) {
  ASSERT_TRUE(Change({.ignored = true}).ok());
  const int64_t revision = world.LastRevision();
  const auto again = Change({.ignored = true});
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(again->accounts, IsEmpty());
  EXPECT_EQ(world.LastRevision(), revision);
}

TEST_F(ListingRulesTest, EveryWrongRuleIsNamed) {
  const auto wrong = Change({.max_listed_quantity = -1, .listed_percentage_e4 = 1'000'001, .end_when_quantity = -1});
  EXPECT_THAT(ViolationsOf(wrong.status()), SizeIs(3));
  EXPECT_TRUE(HasReason(Change({.ignored = true}, "none").status(), Reason::kListingNotFound));
}

TEST_F(ListingRulesTest, TheOwner_IsWhomItIsSetTo_AndTheTargetIsDecidedAnew) {
  ASSERT_TRUE(Own("uk").ok());
  EXPECT_EQ(world.Target("acc", "S").owner_channel_id, "uk");
  EXPECT_EQ(world.Target("acc", "S").chosen_channel_id, "uk");
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
  const int64_t version = world.Target("acc", "S").version;
  const auto again = Own("uk");
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(again->accounts, IsEmpty());
  EXPECT_EQ(world.Target("acc", "S").version, version);
  EXPECT_THAT(world.EventTypes(), ElementsAre("quantity.owner_set"));
}

TEST_F(ListingRulesTest, WhatIsOnItsWay_StaysSo_AndDoesNotSettleTheTarget) {
  world.Write([](Tx& tx) {
    return tx.PutTarget({.account_id = "acc",
                         .sku = "S",
                         .owner_channel_id = "de",
                         .state = TargetState::kInFlight,
                         .intent_id = 5,
                         .version = 2});
  });
  ASSERT_TRUE(Own("uk").ok());
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kInFlight);
  EXPECT_EQ(world.Target("acc", "S").version, 3);
  EXPECT_EQ(world.Target("acc", "S").intent_id, 5);
}

TEST_F(ListingRulesTest, AListingThatTakesNoPart_CannotOwn) {
  ListingRecord ignored = world.Listing("uk", "S");
  ignored.ignored = true;
  world.PutListing(ignored);
  const auto refused = Own("uk");
  EXPECT_TRUE(HasReason(refused.status(), Reason::kListingSendsNothing)) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("the listing is ignored"));
}

TEST(CheckSendsQuantitiesTest, NeedsAnEnabledChannelThatSends) {
  ChannelRecord channel{.id = "uk", .enabled = true};
  EXPECT_TRUE(CheckSendsQuantities(channel).ok());
  channel.config.update_inventory = false;
  EXPECT_TRUE(HasReason(CheckSendsQuantities(channel), Reason::kListingSendsNothing));
  channel = {.id = "uk"};
  EXPECT_TRUE(HasReason(CheckSendsQuantities(channel), Reason::kListingSendsNothing));
}

}  // namespace
}  // namespace quayside
