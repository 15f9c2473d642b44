#include "host/listings/listing_import.h"

#include <vector>

#include "host/inventory/testing/store_world.h"
#include "host/listings/listing_pass.h"

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

class ListingImportTest : public testing::Test {
 protected:
  // A page of a pass ("" = of none), a minute later.
  ListingImportResult Import(const std::vector<pb::Listing>& page, const std::string& pass_id) {
    world.clock.Advance(kMinuteUs);
    std::vector<const pb::Listing*> listings;
    for (const pb::Listing& listing : page) listings.push_back(&listing);
    const auto imported =
        world.TryWrite([&](Tx& tx) { return ImportListings(tx, world.now(), de, pass_id, listings); });
    EXPECT_TRUE(imported.ok()) << imported.status();
    return imported.value_or(ListingImportResult{});
  }
  // The end of a complete pass that began now.
  int64_t Vanish(const std::string& pass_id) {
    PassRecord pass{.id = pass_id, .as_of_us = world.now(), .completed_us = world.now(), .vanishing = true};
    while (pass.vanishing) {
      const auto piece = world.TryWrite([&](Tx& tx) { return VanishPiece(tx, world.now(), de, pass); });
      pass = piece.value().pass;
      targets_changed = targets_changed || piece->targets_changed;
    }
    return pass.vanished;
  }
  void TargetIs(const std::string& sku, TargetState state) {
    world.ChangeTarget("acc", sku, [&](TargetRecord& target) { target.state = state; });
  }
  ListingTotals Totals() {
    return world.Read([](ReadTx& tx) { return tx.CountListings("de"); });
  }

  StoreWorld world;
  ChannelRecord de = world.AddChannel("de");
  bool targets_changed = false;  // by Vanish
};

TEST_F(ListingImportTest, NewListing_IsStoredAsReported_AndToldOnce) {
  const ListingImportResult imported = Import({Reported("S", pb::FULFILMENT_CHANNEL_MERCHANT, 7)}, "p1");
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
  EXPECT_EQ(Import({Reported("S")}, "p1").updated, 1);
  EXPECT_EQ(world.Listing("de", "S").quantity_seen, std::nullopt);
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.found"));
}

TEST_F(ListingImportTest, Events_NameTheListingAsTheApiDoes) {
  Import({Reported("A b/%")}, "p1");
  world.clock.Advance(1);
  Vanish("p2");
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.found", "listing.vanished"));
  EXPECT_THAT(world.EventResources(),
              ElementsAre("channels/de/listings/A%20b%2F%25", "channels/de/listings/A%20b%2F%25"));
}

TEST_F(ListingImportTest, ManyOfAPage_AreOneEvent_ThatNamesThem_AndSoAreThoseThatVanish) {
  Import({Reported("MUG RED"), Reported("MUG-BLUE"), Reported("MUG RED")}, "p1");
  world.clock.Advance(1);
  EXPECT_EQ(Vanish("p2"), 2);
  const auto events = world.Read([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "listing.found_many");
  EXPECT_EQ(events[0].attributes, (std::map<std::string, std::string>{
                                      {"count", "2"},
                                      {"listings", "channels/de/listings/MUG%20RED channels/de/listings/MUG-BLUE"},
                                      {"sku_prefix", "MUG"}}));
  EXPECT_EQ(events[1].type, "listing.vanished_many");
  EXPECT_EQ(events[1].attributes.at("count"), "2");
  EXPECT_EQ(events[1].attributes.at("sku_prefix"), "MUG");
  for (const EventRecord& event : events) EXPECT_EQ(event.resource, "channels/de/listings/-");
}

TEST_F(ListingImportTest, WhatPeopleDecided_SurvivesEveryReport) {
  const int64_t item = world.AddItem("A");
  ListingRecord listing = world.AddListing(de, "S", item, 6);
  listing.ignored = true;
  listing.max_listed_quantity = 4;
  listing.listed_percentage_e4 = 500'000;
  listing.end_when_quantity = 2;
  world.PutListing(listing);
  Import({Reported("S")}, "p1");
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
  Import({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1");
  ListingRecord listing = world.Listing("de", "F");
  EXPECT_TRUE(listing.ignored);
  listing.ignored = false;
  world.PutListing(listing);
  Import({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p2");
  EXPECT_FALSE(world.Listing("de", "F").ignored);
}

TEST_F(ListingImportTest, ListingThatIsToldLaterToBeInTheMarketplacesWarehouse_IsIgnored_UnlessSomebodyLinkedIt) {
  Import({Reported("F", pb::FULFILMENT_CHANNEL_UNSPECIFIED)}, "p1");
  world.AddListing(de, "LINKED", world.AddItem("A"), 1, Fulfilment::kUnknown);
  Import({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE), Reported("LINKED", pb::FULFILMENT_CHANNEL_MARKETPLACE)},
         "p2");
  EXPECT_TRUE(world.Listing("de", "F").ignored);
  EXPECT_FALSE(world.Listing("de", "LINKED").ignored);
}

TEST_F(ListingImportTest, UnknownFulfilment_StaysUnknown) {
  Import({Reported("S", pb::FULFILMENT_CHANNEL_UNSPECIFIED)}, "p1");
  EXPECT_EQ(world.Listing("de", "S").fulfilment, Fulfilment::kUnknown);
  EXPECT_FALSE(world.Listing("de", "S").ignored);
  EXPECT_EQ(FulfilmentOf(static_cast<pb::FulfilmentChannel>(9)), Fulfilment::kUnknown);
}

TEST_F(ListingImportTest, Vanish_TakesWhatNoPageOfThePassSaw_WithTargetAndEvent) {
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "C");
  const int64_t item = world.AddItem("B");
  world.AddListing(de, "A");
  world.AddListing(de, "B", item);
  TargetIs("B", TargetState::kCurrent);
  Import({Reported("A")}, "p1");
  Import({Reported("N")}, "p1");
  EXPECT_FALSE(world.Listing("de", "B").vanished) << "half-read";
  EXPECT_EQ(Vanish("p1"), 1);
  EXPECT_TRUE(targets_changed);
  EXPECT_FALSE(world.Listing("de", "A").vanished);
  EXPECT_FALSE(world.Listing("de", "N").vanished);
  EXPECT_TRUE(world.Listing("de", "B").vanished);
  EXPECT_EQ(world.Listing("de", "B").item_id, item) << "the link survives";
  EXPECT_FALSE(world.Listing("uk", "C").vanished) << "another channel's";
  EXPECT_EQ(world.Target("acc", "B").state, TargetState::kChanged);
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.found", "listing.vanished"));
  EXPECT_EQ(Vanish("p1"), 0) << "only once";
}

TEST_F(ListingImportTest, VanishedListing_ComesBackWithItsLink_AndItsTargetIsDecidedAgain) {
  const int64_t item = world.AddItem("B");
  world.AddListing(de, "B", item);
  Vanish("p1");
  TargetIs("B", TargetState::kNone);
  const ListingImportResult back = Import({Reported("B")}, "p2");
  EXPECT_TRUE(back.targets_changed);
  EXPECT_FALSE(world.Listing("de", "B").vanished);
  EXPECT_EQ(world.Listing("de", "B").item_id, item);
  EXPECT_EQ(world.Target("acc", "B").state, TargetState::kChanged);
}

// The pass that showed it to be gone knew more than this report, whichever came last.
TEST_F(ListingImportTest, VanishedListing_IsNotBroughtBack_ByAnOlderReport) {
  world.AddListing(de, "B", world.AddItem("B"));
  world.clock.Advance(6 * kHourUs);
  Vanish("p1");
  pb::Listing old = Reported("B");
  old.set_as_of_us(world.now() - kHourUs);
  EXPECT_FALSE(Import({old}, "p2").targets_changed);
  EXPECT_TRUE(world.Listing("de", "B").vanished);
  EXPECT_EQ(Vanish("p2"), 0);
}

// Deleted and made anew at the marketplace, with whatever number: ours is sent though it was accepted before.
TEST_F(ListingImportTest, WhatWasAccepted_SaysNothingOfAListingThatCameBack_OrIsFulfilledByAnother) {
  world.AddListing(de, "B", world.AddItem("B"));
  world.AddListing(de, "C", world.AddItem("C"));
  TargetIs("B", TargetState::kCurrent);
  TargetIs("C", TargetState::kCurrent);
  world.clock.Advance(6 * kHourUs);
  Vanish("p1");
  Import({Reported("B", pb::FULFILMENT_CHANNEL_MERCHANT, 100)}, "");
  EXPECT_EQ(world.Target("acc", "B").state, TargetState::kChanged);
  EXPECT_TRUE(world.Target("acc", "B").accepted_stale);
  EXPECT_FALSE(world.Target("acc", "C").accepted_stale);
  Import({Reported("B", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "");
  TargetIs("B", TargetState::kCurrent);
  world.ChangeTarget("acc", "B", [](TargetRecord& target) { target.accepted_stale = false; });
  Import({Reported("B", pb::FULFILMENT_CHANNEL_MERCHANT)}, "");
  EXPECT_TRUE(world.Target("acc", "B").accepted_stale);
}

TEST_F(ListingImportTest, AnOldReport_LeavesWhatIsNewer_ButItsPassHasSeenTheListing) {
  Import({Reported("S", pb::FULFILMENT_CHANNEL_MERCHANT, 3)}, "");
  const TimeUs known_at = world.now();
  TargetIs("S", TargetState::kCurrent);
  pb::Listing old = Reported("S", pb::FULFILMENT_CHANNEL_MARKETPLACE, 90);
  old.set_title("an older title");
  old.set_as_of_us(known_at - 6 * kHourUs);
  const ListingImportResult imported = Import({old}, "p1");
  EXPECT_EQ(imported.unchanged, 1);
  EXPECT_FALSE(imported.targets_changed);
  const ListingRecord listing = world.Listing("de", "S");
  EXPECT_EQ(listing.quantity_seen, 3);
  EXPECT_EQ(listing.fulfilment, Fulfilment::kMerchant);
  EXPECT_EQ(listing.title, "title of S");
  EXPECT_EQ(listing.seen_us, known_at);
  EXPECT_EQ(listing.pass_id, "p1");
  EXPECT_EQ(Vanish("p1"), 0);
}

TEST_F(ListingImportTest, AReportThatIsNewer_Counts_AsOfTheTimeItTells) {
  Import({Reported("S", pb::FULFILMENT_CHANNEL_MERCHANT, 3)}, "");
  pb::Listing newer = Reported("S", pb::FULFILMENT_CHANNEL_MERCHANT, 4);
  newer.set_as_of_us(world.now() + 1);
  EXPECT_EQ(Import({newer}, "p1").updated, 1);
  EXPECT_EQ(world.Listing("de", "S").quantity_seen, 4);
  EXPECT_EQ(world.Listing("de", "S").seen_us, newer.as_of_us());
}

TEST_F(ListingImportTest, WhatAReportDoesNotTell_StaysKnown) {
  pb::Listing whole = Reported("S");
  whole.set_product_type("LUGGAGE");
  Import({whole}, "");
  pb::Listing line = Reported("S", pb::FULFILMENT_CHANNEL_MERCHANT, 5);
  line.clear_title();
  line.set_title_unknown(true);
  line.set_product_type_unknown(true);
  EXPECT_EQ(Import({line}, "p1").updated, 1);
  EXPECT_EQ(world.Listing("de", "S").title, "title of S");
  EXPECT_EQ(world.Listing("de", "S").product_type, "LUGGAGE");
  EXPECT_EQ(world.Listing("de", "S").quantity_seen, 5);
}

TEST_F(ListingImportTest, RowsWithNothingNew_AreOnlyTouched) {
  Import({Reported("A"), Reported("B")}, "p1");
  const ListingImportResult again = Import({Reported("B"), Reported("A"), Reported("N")}, "p2");
  EXPECT_EQ(again.unchanged, 2);
  EXPECT_EQ(again.updated, 0);
  EXPECT_EQ(again.created, 1);
  for (const char* sku : {"A", "B", "N"}) {
    EXPECT_EQ(world.Listing("de", sku).pass_id, "p2");
    EXPECT_EQ(world.Listing("de", sku).seen_us, world.now());
  }
}

TEST_F(ListingImportTest, ASkuThatIsThereTwice_CountsOnce_TheNewerThenTheLater) {
  pb::Listing old = Reported("A", pb::FULFILMENT_CHANNEL_MERCHANT, 1);
  old.set_as_of_us(world.now() - kHourUs);
  const ListingImportResult imported = Import({Reported("A", pb::FULFILMENT_CHANNEL_MERCHANT, 2), old, Reported("B"),
                                               Reported("B", pb::FULFILMENT_CHANNEL_MERCHANT, 7)},
                                              "p1");
  EXPECT_EQ(imported.created, 2);
  EXPECT_EQ(world.Listing("de", "A").quantity_seen, 2);
  EXPECT_EQ(world.Listing("de", "B").quantity_seen, 7);
  EXPECT_EQ(Totals().total, 2);
}

TEST_F(ListingImportTest, Totals_FollowWhatIsFound_NotWhatVanishes) {
  world.AddListing(de, "L", world.AddItem("L"));
  Import({Reported("A"), Reported("B"), Reported("L")}, "p1");
  Import({Reported("A")}, "p2");
  EXPECT_EQ(Totals().total, 3);
  EXPECT_EQ(Totals().linked, 1);
  EXPECT_EQ(Vanish("p2"), 2);
  EXPECT_EQ(Totals().total, 3) << "its row and link stay";
  EXPECT_EQ(Totals().linked, 1);
}

TEST_F(ListingImportTest, ReportWithNothingNew_LeavesTheTargetAlone) {
  world.AddListing(de, "S", world.AddItem("S"));
  TargetIs("S", TargetState::kCurrent);
  EXPECT_FALSE(Import({Reported("S")}, "p1").targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kCurrent);
}

TEST_F(ListingImportTest, ChangedFulfilment_DecidesTheTargetAgain) {
  world.AddListing(de, "S", world.AddItem("S"));
  TargetIs("S", TargetState::kCurrent);
  EXPECT_TRUE(Import({Reported("S", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1").targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

TEST_F(ListingImportTest, NewListingOfTheMarketplacesWarehouse_DecidesTheSkuAgain_AlsoForAnotherChannel) {
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "S", world.AddItem("S"));
  TargetIs("S", TargetState::kCurrent);
  EXPECT_TRUE(Import({Reported("S", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1").targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged) << "one quantity per account and SKU, one guard";
}

TEST_F(ListingImportTest, UnlinkedListingThatLeavesTheWarehouse_FreesTheSku_ForAnotherChannel) {
  const ChannelRecord uk = world.AddChannel("uk");
  world.AddListing(uk, "S", world.AddItem("S"));
  world.AddListing(de, "S", 0, 1, Fulfilment::kMarketplace);
  TargetIs("S", TargetState::kNone);
  EXPECT_TRUE(Import({Reported("S")}, "p1").targets_changed);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
}

// Two SKUs that are alike up to a NUL are two: each is found again by the next pass, and neither counts as the other.
TEST_F(ListingImportTest, SkusThatAreAlikeUpToANul_AreTwo) {
  const std::string longer("S\0T", 3);
  EXPECT_EQ(Import({Reported("S"), Reported(longer)}, "p1").created, 2);
  EXPECT_EQ(Import({Reported(longer)}, "p2").unchanged, 1);
  EXPECT_EQ(Vanish("p2"), 1);
  EXPECT_TRUE(world.Listing("de", "S").vanished);
  EXPECT_FALSE(world.Listing("de", longer).vanished);
  EXPECT_EQ(Import({Reported("S"), Reported(longer)}, "p3").created, 0);
}

TEST_F(ListingImportTest, UnlinkedListing_MakesNoTarget) {
  Import({Reported("F", pb::FULFILMENT_CHANNEL_MARKETPLACE)}, "p1");
  Import({Reported("F")}, "p2");
  EXPECT_EQ(world.FindTarget("acc", "F"), std::nullopt);
}

}  // namespace
}  // namespace quayside
