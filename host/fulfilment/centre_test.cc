// A channel's fulfilment centre in a real store: its location, its stock, the levels that follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/fulfilment/centre_location.h"
#include "host/fulfilment/centre_stock.h"
#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CentreTest : public ::testing::Test {
 protected:
  CentreTest() {
    channel_ = world_.AddChannel("de", [](ChannelRecord& channel) {
      channel.config.fba_enabled = true;
      channel.config.fba_sync_inventory = true;
    });
    Follow();
  }
  void Follow() {
    world_.Write([&](Tx& tx) { return FollowFba(tx, world_.now(), channel_); });
  }
  std::vector<LocationRecord> Centres() {
    std::vector<LocationRecord> centres;
    for (LocationRecord& location : world_.Read([](ReadTx& tx) { return tx.ListLocations(); })) {
      if (location.fulfilment_centre) centres.push_back(location);
    }
    return centres;
  }
  static pb::CentreStock Stock(const std::string& sku, int64_t fulfillable, bool absent = false) {
    pb::CentreStock stock;
    stock.set_sku(sku);
    stock.set_fulfillable(fulfillable);
    stock.set_inbound(7);
    stock.set_absent(absent);
    return stock;
  }
  CentreStockTaken Take(const std::vector<pb::CentreStock>& stock, const std::string& pass = "") {
    std::vector<const pb::CentreStock*> all;
    for (const pb::CentreStock& each : stock) all.push_back(&each);
    return *world_.TryWrite(
        [&](Tx& tx) { return TakeCentreStock(tx, world_.now(), Centres().front(), "acc", pass, all); });
  }
  std::optional<int64_t> Level(int64_t item) {
    for (const LevelRecord& level : world_.Read([&](ReadTx& tx) { return tx.GetLevels(item); })) {
      if (level.location_id == Centres().front().id) return level.level;
    }
    return std::nullopt;
  }

  StoreWorld world_;
  ChannelRecord channel_;
};

TEST_F(CentreTest, TurningFbaOn_MakesALocation_OffRetiresIt_OnTakesItUpAgain) {
  ASSERT_EQ(Centres().size(), 1u);
  const LocationRecord made = Centres()[0];
  EXPECT_EQ(made.id, "de-fba");
  EXPECT_EQ(made.owner_channel, "de");
  EXPECT_FALSE(made.inactive);
  channel_.config.fba_enabled = false;
  Follow();
  EXPECT_TRUE(Centres()[0].inactive);
  channel_.config.fba_enabled = true;
  Follow();
  ASSERT_EQ(Centres().size(), 1u);
  EXPECT_FALSE(Centres()[0].inactive);
  EXPECT_GT(Centres()[0].revision, made.revision);
  world_.Write([&](Tx& tx) { return RetireCentre(tx, world_.now(), "de"); });
  EXPECT_TRUE(Centres()[0].inactive) << "its channel is deleted";
}

TEST_F(CentreTest, StockThatNobodyReadsAnyMore_IsUnset_AndReadAgainItCounts) {
  const int64_t mug = world_.AddItem("MUG", 5);
  world_.AddListing(channel_, "MUG", mug, 1, Fulfilment::kMarketplace);
  Take({Stock("MUG", 20)});
  EXPECT_EQ(Level(mug), 20);
  Follow();
  EXPECT_EQ(Level(mug), 20) << "it is still read";
  channel_.config.fba_sync_inventory = false;
  Follow();
  EXPECT_EQ(Level(mug), std::nullopt);
  EXPECT_EQ(world_.Level(mug).level, 5) << "the merchant's own stays";
  EXPECT_FALSE(Centres()[0].inactive) << "its orders still sit there";
  EXPECT_THAT(world_.EventTypes(), ::testing::Contains("location.stock_forgotten"));
  channel_.config.fba_sync_inventory = true;
  Follow();
  Take({Stock("MUG", 20)});
  EXPECT_EQ(Level(mug), 20) << "also when it is what it was";
}

TEST_F(CentreTest, StockOfBefore_DoesNotCount_WhenFbaComesBack_UntilItIsRead) {
  const int64_t mug = world_.AddItem("MUG", 5);
  world_.AddListing(channel_, "MUG", mug, 1, Fulfilment::kMarketplace);
  Take({Stock("MUG", 20)});
  channel_.config.fba_enabled = false;
  channel_.config.fba_sync_inventory = false;
  Follow();
  EXPECT_EQ(Level(mug), 20) << "shown, and in no sum";
  channel_.config.fba_enabled = true;
  channel_.config.fba_sync_inventory = true;
  Follow();
  EXPECT_EQ(Level(mug), std::nullopt);
  Take({Stock("MUG", 3)});
  EXPECT_EQ(Level(mug), 3);
  Follow();
  EXPECT_EQ(Level(mug), 3) << "it was on all the time";
}

TEST_F(CentreTest, ACentreThatNobodyReads_IsNamedToWhoeverCountsIt) {
  ChannelConfig config;
  const auto unread = [&] {
    return world_.Read([&](ReadTx& tx) -> absl::StatusOr<std::set<std::string>> {
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
      return UnreadCentres(tx, config, locations);
    });
  };
  config.inventory_from_location = true;
  config.inventory_locations = {"default", "de-fba"};
  EXPECT_THAT(unread(), IsEmpty());
  channel_.enabled = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  EXPECT_THAT(unread(), ElementsAre("de-fba"));
  config.inventory_locations = {"default"};
  EXPECT_THAT(unread(), IsEmpty()) << "it does not count";
}

TEST_F(CentreTest, AnIdThatSomebodyHas_IsLeftAlone) {
  world_.AddLocation("fr-fba");
  const ChannelRecord french =
      world_.AddChannel("fr", [](ChannelRecord& channel) { channel.config.fba_enabled = true; });
  world_.Write([&](Tx& tx) { return FollowFba(tx, world_.now(), french); });
  EXPECT_EQ(CentreOf(world_.Read([](ReadTx& tx) { return tx.ListLocations(); }), "fr")->id, "fr-fba-2");
}

TEST_F(CentreTest, OrdersTheMarketplaceShips_SitThere) {
  const auto location = [&](Fulfilment fulfilment) {
    return world_.Read([&](ReadTx& tx) { return LocationOfOrders(tx, channel_, fulfilment); });
  };
  EXPECT_EQ(location(Fulfilment::kMarketplace), "de-fba");
  EXPECT_EQ(location(Fulfilment::kMerchant), "default");
  channel_.config.fba_enabled = false;
  EXPECT_EQ(location(Fulfilment::kMarketplace), "default");
}

TEST_F(CentreTest, TheLevel_IsWhatCanBeShipped_OfEverySkuOfTheItem) {
  const int64_t mug = world_.AddItem("MUG", 3);
  world_.AddListing(channel_, "MUG", mug, 1, Fulfilment::kMarketplace);
  world_.AddListing(channel_, "MUG-6", mug, 6, Fulfilment::kMarketplace);
  const CentreStockTaken taken = Take({Stock("MUG", 4), Stock("MUG-6", 2), Stock("OTHER", 9)});
  EXPECT_EQ(taken.changed, 3);
  EXPECT_THAT(taken.accounts, ElementsAre("acc"));
  EXPECT_EQ(Level(mug), 16);
  EXPECT_THAT(Take({Stock("MUG", 4)}).accounts, IsEmpty()) << "nothing is news";
  EXPECT_EQ(Take({Stock("MUG-6", 0, true)}).gone, 1);
  EXPECT_EQ(Level(mug), 4);
}

TEST_F(CentreTest, LevelsThatAreSetTogether_AreOneEvent) {
  const int64_t mug = world_.AddItem("MUG");
  const int64_t bowl = world_.AddItem("MUG-BOWL");
  world_.AddListing(channel_, "MUG", mug, 1, Fulfilment::kMarketplace);
  world_.AddListing(channel_, "MUG-BOWL", bowl, 1, Fulfilment::kMarketplace);
  const int64_t before = world_.LastRevision();
  Take({Stock("MUG", 4), Stock("MUG-BOWL", 2), Stock("OTHER", 9)});
  ASSERT_THAT(world_.EventTypes(before), ElementsAre("stock.set_many"));
  const auto told = world_.Read([&](ReadTx& tx) { return tx.ListEvents({.after_revision = before, .limit = 9}); });
  EXPECT_EQ(told[0].attributes.at("levels"), "2");
  EXPECT_EQ(told[0].attributes.at("locations"), "de-fba");
  EXPECT_EQ(told[0].attributes.at("sku_prefix"), "MUG");
  Take({Stock("MUG", 3), Stock("MUG-BOWL", 2)});
  EXPECT_THAT(world_.EventTypes(before), ElementsAre("stock.set_many", "stock.set")) << "only one of them is news";
  EXPECT_THAT(Take({Stock("MUG", 2), Stock("MUG-BOWL", 1)}).accounts, ElementsAre("acc"));
  EXPECT_THAT(world_.EventTypes(before), ElementsAre("stock.set_many", "stock.set", "stock.set_many"));
}

TEST_F(CentreTest, MarketplacesOfAPool_AreNotAddedUp) {
  const ChannelRecord french = world_.AddChannel("fr");
  const int64_t mug = world_.AddItem("MUG");
  world_.AddListing(channel_, "MUG", mug, 1, Fulfilment::kMarketplace);
  world_.AddListing(french, "MUG", mug, 1, Fulfilment::kMarketplace);
  Take({Stock("MUG", 4)});
  EXPECT_EQ(Level(mug), 4);
}

TEST_F(CentreTest, WhatIsLinkedLater_GetsItsLevel_AndWhatIsUnlinkedLosesIt) {
  const int64_t mug = world_.AddItem("MUG");
  Take({Stock("MUG", 4)});
  EXPECT_EQ(Level(mug), std::nullopt);
  ListingRecord listing = world_.AddListing(channel_, "MUG", mug, 2, Fulfilment::kMarketplace);
  const auto recount = [&] {
    return *world_.TryWrite([&](Tx& tx) { return RecountLinked(tx, world_.now(), "acc", "MUG", mug); });
  };
  EXPECT_THAT(recount(), ElementsAre("acc"));
  EXPECT_EQ(Level(mug), 8);
  listing.item_id = 0;
  world_.Write([&](Tx& tx) { return tx.PutListing(listing); });
  recount();
  EXPECT_EQ(Level(mug), 0);
}

TEST_F(CentreTest, WhatAPassDidNotShow_IsFound_UnlessItWasReadSince) {
  Take({Stock("A", 1), Stock("B", 1), Stock("C", 1)}, "p1");
  world_.clock.Advance(kHourUs);
  const PassRecord pass{.id = "p2", .begun_us = world_.now()};
  Take({Stock("A", 1)}, "p2");
  const auto unseen = [&](const PassRecord& of, size_t most) {
    return world_.Read([&](ReadTx& tx) { return FindUnseen(tx, "de-fba", of, most); });
  };
  EXPECT_THAT(unseen(pass, 9).skus, ElementsAre("B", "C"));
  EXPECT_TRUE(unseen(pass, 9).last);
  EXPECT_THAT(unseen(pass, 1).skus, ElementsAre("B"));
  EXPECT_FALSE(unseen(pass, 1).last);
  PassRecord further = pass;
  further.vanished_through = unseen(pass, 1).through_sku;
  EXPECT_THAT(unseen(further, 9).skus, ElementsAre("C"));
  world_.clock.Advance(kMinuteUs);
  Take({Stock("C", 1)});
  EXPECT_THAT(unseen(pass, 9).skus, ElementsAre("B")) << "C was seen after the pass began";
}

TEST(CentreStockProblemTest, FiguresAndSku) {
  pb::CentreStock stock;
  EXPECT_FALSE(ProblemOf(stock).empty());
  stock.set_sku("A");
  EXPECT_EQ(ProblemOf(stock), "");
  stock.set_reserved(-1);
  EXPECT_FALSE(ProblemOf(stock).empty());
}

}  // namespace
}  // namespace quayside
