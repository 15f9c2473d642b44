#include "host/listings/listing_import.h"

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using testing::ElementsAre;
using testing::IsEmpty;

pb::Listing Reported(const std::string& sku, pb::FulfilmentChannel fulfilment = pb::FULFILMENT_CHANNEL_MERCHANT,
                     std::optional<int32_t> quantity = std::nullopt) {
  pb::Listing listing;
  listing.set_sku(sku);
  listing.set_title("title of " + sku);
  listing.set_product_id("ASIN-" + sku);
  listing.set_fulfilment(fulfilment);
  listing.add_statuses("BUYABLE");
  if (quantity.has_value()) listing.set_quantity(*quantity);
  return listing;
}

pb::PullListingsReply Page(const std::vector<pb::Listing>& listings, const std::string& pass_id, bool complete) {
  pb::PullListingsReply reply;
  for (const pb::Listing& listing : listings) *reply.add_listings() = listing;
  reply.set_pass_id(pass_id);
  reply.set_pass_complete(complete);
  return reply;
}

class ListingImportTest : public testing::Test {
 protected:
  ListingImportResult Import(const pb::PullListingsReply& reply,
                             const std::optional<ChannelRecord>& channel = std::nullopt) {
    world.clock.Advance(kMinuteUs);
    const auto imported =
        world.TryWrite([&](Tx& tx) { return ImportListings(tx, world.now(), channel.value_or(de), reply); });
    EXPECT_TRUE(imported.ok()) << imported.status();
    return imported.value_or(ListingImportResult{});
  }
  void TargetIs(const std::string& sku, TargetState state) {
    world.ChangeTarget("acc", sku, [&](TargetRecord& target) { target.state = state; });
  }

  StoreWorld world;
  ChannelRecord de = world.AddChannel("de");
};

TEST_F(ListingImportTest, NewListing_IsStoredAsReported_AndToldOnce) {
  const ListingImportResult imported = Import(Page({Reported("S", pb::FULFILMENT_CHANNEL_MERCHANT, 7)}, "p1", false));
  EXPECT_EQ(imported.created, 1);
  EXPECT_FALSE(imported.targets_changed);
  const ListingRecord listing = world.Listing("de", "S");
  EXPECT_EQ(listing.title, "title of S");
  EXPECT_EQ(listing.product_id, "ASIN-S");
  EXPECT_EQ(listing.fulfilment, Fulfilment::kMerchant);
  EXPECT_THAT(listing.statuses, ElementsAre("BUYABLE"));
  EXPECT_EQ(listing.quantity_seen, 7);
  EXPECT_EQ(listing.seen_us, world.now());
  EXPECT_FALSE(listing.ignored);
  EXPECT_EQ(Import(Page({Reported("S")}, "p1", false)).updated, 1);
  EXPECT_EQ(world.Listing("de", "S").quantity_seen, std::nullopt);
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.found"));
}

TEST_F(ListingImportTest, Events_NameTheListingAsTheApiDoes) {
  Import(Page({Reported("A b/%")}, "p1", true));
  Import(Page({}, "p2", true));
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.found", "listing.vanished"));
  EXPECT_THAT(world.EventResources(),
              ElementsAre("channels/de/listings/A%20b%2F%25", "channels/de/listings/A%20b%2F%25"));
}

TEST_F(ListingImportTest, WhatPeopleDecided_SurvivesEveryReport) {
  const int64_t item = world.AddItem("A");
  ListingRecord listing = world.AddListing(de, "S", item, 6);
  listing.ignored = true;
  listing.max_listed_quantity = 4;
  listing.listed_percentage_e4 = 500'000;
  listing.end_when_quantity = 2;
  world.PutListing(listing);
  Import(Page({Reported("S")}, "p1", true));
  const ListingRecord after = world.Listing("de", "S");
  EXPECT_EQ(after.item_id, item);
  EXPECT_EQ(after.units_per_listing, 6);
  EXPECT_TRUE(after.ignored);
  EXPECT_EQ(after.max_listed_quantity, 4);
  EXPECT_EQ(after.listed_percentage_e4, 500'000);
  EXPECT_EQ(after.end_when_quantity, 2);
  EXPECT_EQ(after.title, "title of S");
}

TEST_F(ListingImportTest, ListingOfTheMarketplacesWarehouse_IsIgnoredByDefault_ButPeopleMayDecideOtherwise) {
  Import(Page({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1", true));
  ListingRecord listing = world.Listing("de", "F");
  EXPECT_TRUE(listing.ignored);
  listing.ignored = false;
  world.PutListing(listing);
  Import(Page({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p2", true));
  EXPECT_FALSE(world.Listing("de", "F").ignored);
}

TEST_F(ListingImportTest, UnknownFulfilment_StaysUnknown) {
  Import(Page({Reported("S", pb::FULFILMENT_CHANNEL_UNSPECIFIED)}, "p1", true));
  EXPECT_EQ(world.Listing("de", "S").fulfilment, Fulfilment::kUnknown);
  EXPECT_FALSE(world.Listing("de", "S").ignored);
  EXPECT_EQ(FulfilmentOf(static_cast<pb::FulfilmentChannel>(9)), Fulfilment::kUnknown);
}

TEST_F(ListingImportTest, HalfReadPass_MakesNothingVanish) {
  world.AddListing(de, "A");
  world.AddListing(de, "B");
  const ListingImportResult half = Import(Page({Reported("A")}, "p1", false));
  EXPECT_EQ(half.vanished, 0);
  EXPECT_FALSE(world.Listing("de", "B").vanished);
}

TEST_F(ListingImportTest, CompletePass_MakesVanishWhatNoPageOfItSaw_WithTargetAndEvent) {
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "C");
  const int64_t item = world.AddItem("B");
  world.AddListing(de, "A");
  world.AddListing(de, "B", item);
  TargetIs("B", TargetState::kCurrent);
  Import(Page({Reported("A")}, "p1", false));
  const ListingImportResult last = Import(Page({Reported("N")}, "p1", true));
  EXPECT_EQ(last.vanished, 1);
  EXPECT_TRUE(last.targets_changed);
  EXPECT_FALSE(world.Listing("de", "A").vanished);
  EXPECT_FALSE(world.Listing("de", "N").vanished);
  EXPECT_TRUE(world.Listing("de", "B").vanished);
  EXPECT_EQ(world.Listing("de", "B").item_id, item) << "the link survives";
  EXPECT_FALSE(world.Listing("uk", "C").vanished) << "another channel's";
  EXPECT_EQ(world.Target("acc", "B").state, TargetState::kChanged);
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.found", "listing.vanished"));
}

TEST_F(ListingImportTest, CompletePass_MakesVanishOnlyOnce) {
  world.AddListing(de, "B");
  EXPECT_EQ(Import(Page({}, "p1", true)).vanished, 1);
  EXPECT_EQ(Import(Page({}, "p2", true)).vanished, 0);
}

TEST_F(ListingImportTest, Delta_MakesNothingVanish_EvenWhenItSaysComplete) {
  world.AddListing(de, "A");
  world.AddListing(de, "B");
  EXPECT_EQ(Import(Page({Reported("A")}, "", true)).vanished, 0);
  EXPECT_FALSE(world.Listing("de", "B").vanished);
}

TEST_F(ListingImportTest, VanishedListing_ComesBackWithItsLink_AndItsTargetIsDecidedAgain) {
  const int64_t item = world.AddItem("B");
  world.AddListing(de, "B", item);
  Import(Page({}, "p1", true));
  TargetIs("B", TargetState::kNone);
  const ListingImportResult back = Import(Page({Reported("B")}, "p2", true));
  EXPECT_TRUE(back.targets_changed);
  EXPECT_FALSE(world.Listing("de", "B").vanished);
  EXPECT_EQ(world.Listing("de", "B").item_id, item);
  EXPECT_EQ(world.Target("acc", "B").state, TargetState::kChanged);
}

TEST_F(ListingImportTest, ReportWithNothingNew_LeavesTheTargetAlone) {
  world.AddListing(de, "S", world.AddItem("S"));
  TargetIs("S", TargetState::kCurrent);
  EXPECT_FALSE(Import(Page({Reported("S")}, "p1", true)).targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kCurrent);
}

TEST_F(ListingImportTest, ChangedFulfilment_DecidesTheTargetAgain) {
  world.AddListing(de, "S", world.AddItem("S"));
  TargetIs("S", TargetState::kCurrent);
  EXPECT_TRUE(Import(Page({Reported("S", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1", true)).targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

TEST_F(ListingImportTest, NewListingOfTheMarketplacesWarehouse_DecidesTheSkuAgain_AlsoForAnotherChannel) {
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "S", world.AddItem("S"));
  TargetIs("S", TargetState::kCurrent);
  EXPECT_TRUE(Import(Page({Reported("S", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1", true)).targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged) << "one quantity per account and SKU, one guard";
}

TEST_F(ListingImportTest, UnlinkedListingThatLeavesTheWarehouse_FreesTheSku_ForAnotherChannel) {
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "S", world.AddItem("S"));
  world.AddListing(de, "S", 0, 1, Fulfilment::kMarketplace);
  TargetIs("S", TargetState::kNone);
  EXPECT_TRUE(Import(Page({Reported("S")}, "p1", true)).targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

TEST_F(ListingImportTest, UnlinkedListing_MakesNoTarget) {
  Import(Page({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1", true));
  Import(Page({Reported("F")}, "p2", true));
  EXPECT_EQ(world.FindTarget("acc", "F"), std::nullopt);
}

}  // namespace
}  // namespace quayside
