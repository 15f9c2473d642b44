#include "host/listings/mapping.h"

#include "host/base/names.h"
#include "host/inventory/stock_events.h"
#include "host/orders/testing/order_builder.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using testing::ElementsAre;
using testing::IsEmpty;

class MappingTest : public testing::Test {
 protected:
  absl::StatusOr<LinkResult> Link(const std::string& sku, int64_t to_item, int32_t units = 1) {
    return world.TryWrite([&](Tx& tx) { return LinkListing(tx, world.now(), "de", sku, to_item, units); });
  }
  absl::StatusOr<LinkResult> Unlink(const std::string& sku) {
    return world.TryWrite([&](Tx& tx) { return UnlinkListing(tx, world.now(), "de", sku); });
  }
  absl::StatusOr<LinkedPiece> LinkBySku(bool create_items, const std::string& after_sku = "", int at_most = 100) {
    return world.TryWrite(
        [&](Tx& tx) { return LinkPieceBySku(tx, world.ids(), world.now(), "de", create_items, after_sku, at_most); });
  }

  StoreWorld world;
  ChannelRecord de = world.AddChannel("de");
  int64_t item = world.AddItem("A", 10);
};

TEST_F(MappingTest, Link_WritesTheListingMarksTheTargetAndTells) {
  world.AddListing(de, "S");
  const auto linked = Link("S", item, 6);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_THAT(linked->accounts, ElementsAre("acc"));
  EXPECT_EQ(world.Listing("de", "S").item_id, item);
  EXPECT_EQ(world.Listing("de", "S").units_per_listing, 6);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.linked"));
}

TEST_F(MappingTest, LinkToANewItem_MakesItOfTheListing_AndOnlyOnce) {
  world.AddListing(de, "S");
  const auto link = [&](const std::string& item_sku) {
    return world.TryWrite(
        [&](Tx& tx) { return LinkListingToNewItem(tx, world.ids(), world.now(), "de", "S", item_sku, 6); });
  };
  const auto made = link("");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(made->item_created);
  const auto item_of = [&](const std::string& sku) {
    return world.Read([&](ReadTx& tx) { return tx.FindItemBySku(sku); });
  };
  ASSERT_TRUE(item_of("S").has_value());
  EXPECT_EQ(item_of("S")->title, "listing S");
  EXPECT_EQ(world.Listing("de", "S").item_id, item_of("S")->id);
  EXPECT_EQ(world.Listing("de", "S").units_per_listing, 6);
  EXPECT_THAT(world.EventTypes(), ElementsAre("item.created", "listing.linked"));
  EXPECT_FALSE(link("")->item_created);
  EXPECT_TRUE(HasReason(link("MUG").status(), Reason::kListingLinked));
  EXPECT_FALSE(item_of("MUG").has_value()) << "nothing is made for a link that is refused";
  ASSERT_TRUE(Unlink("S").ok());
  EXPECT_TRUE(link("MUG")->item_created);
  EXPECT_EQ(item_of("MUG")->title, "listing S");
}

TEST_F(MappingTest, LinkToANewItem_TakesTheOneThatIsThere) {
  world.AddListing(de, "A");
  const auto linked =
      world.TryWrite([&](Tx& tx) { return LinkListingToNewItem(tx, world.ids(), world.now(), "de", "A", "", 1); });
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_FALSE(linked->item_created);
  EXPECT_EQ(world.Listing("de", "A").item_id, item);
}

// Names in events can be given back to the API.
TEST_F(MappingTest, EventsAndRefusals_NameTheListingAsTheApiDoes) {
  world.AddListing(de, "A b/%");
  ASSERT_TRUE(Link("A b/%", item).ok());
  ASSERT_TRUE(Unlink("A b/%").ok());
  EXPECT_THAT(world.EventResources(),
              ElementsAre("channels/de/listings/A%20b%2F%25", "channels/de/listings/A%20b%2F%25"));
  EXPECT_EQ(MetadataOf(Link("no such", item).status()).at("resource"), "channels/de/listings/no%20such");
}

TEST_F(MappingTest, Link_ReservesForWaitingLines_AndTouchesEveryTargetOfTheItem) {
  world.AddListing(de, "S");
  const ChannelRecord bay = world.AddChannel("bay", [](ChannelRecord& channel) { channel.account_id = "other"; });
  world.AddListing(bay, "B", item);
  ImportPage(world, {MakeOrder("1", pb::ORDER_STATUS_OPEN, world.now(), {{"l1", "S", 2}})});
  const auto linked = Link("S", item, 3);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->order_lines_linked, 1);
  EXPECT_EQ(world.Level(item).reserved, 6);
  EXPECT_THAT(linked->accounts, ElementsAre("acc", "other"));
  EXPECT_EQ(world.Target("other", "B").state, TargetState::kChanged);
}

TEST_F(MappingTest, LinkToTheSameItemAgain_ChangesTheUnits_ForNewLinesOnly) {
  world.AddListing(de, "S", item, 2);
  ImportPage(world, {MakeOrder("1", pb::ORDER_STATUS_OPEN, world.now(), {{"l1", "S", 1}})});
  ASSERT_TRUE(Link("S", item, 5).ok());
  EXPECT_EQ(world.Listing("de", "S").units_per_listing, 5);
  EXPECT_EQ(world.Level(item).reserved, 2);
  EXPECT_EQ(world.Lines("acc", "1")[0].units_per_listing, 2);
}

TEST_F(MappingTest, Link_IsRefused_WhenTheListingIsLinkedElsewhere_AndNamesTheItem) {
  world.AddListing(de, "S", item);
  const absl::Status refused = Link("S", world.AddItem("B")).status();
  EXPECT_TRUE(HasReason(refused, Reason::kListingLinked));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("'A'"));
  EXPECT_EQ(world.Listing("de", "S").item_id, item);
}

TEST_F(MappingTest, Link_IsRefused_WhenListingOrItemIsMissingOrTheUnitsMakeNoSense) {
  world.AddListing(de, "S");
  EXPECT_TRUE(HasReason(Link("NONE", item).status(), Reason::kListingNotFound));
  EXPECT_TRUE(HasReason(Link("S", 12345).status(), Reason::kItemNotFound));
  EXPECT_TRUE(HasReason(Link("S", 0).status(), Reason::kItemNotFound));
  for (const int32_t units : {0, -1, 1'000'001})
    EXPECT_TRUE(HasReason(Link("S", item, units).status(), Reason::kInvalidArgument)) << units;
  EXPECT_EQ(world.Listing("de", "S").item_id, 0);
  EXPECT_THAT(world.EventTypes(), IsEmpty());
}

TEST_F(MappingTest, Unlink_ForgetsTheItemAndMarksTheTarget) {
  world.AddListing(de, "S", item, 6);
  const auto unlinked = Unlink("S");
  ASSERT_TRUE(unlinked.ok()) << unlinked.status();
  EXPECT_THAT(unlinked->accounts, ElementsAre("acc"));
  EXPECT_EQ(world.Listing("de", "S").item_id, 0);
  EXPECT_EQ(world.Listing("de", "S").units_per_listing, 1);
  EXPECT_EQ(world.Target("acc", "S").state, TargetState::kChanged);
  EXPECT_THAT(world.EventTypes(), ElementsAre("listing.unlinked"));
}

TEST_F(MappingTest, Unlink_ChangesNothing_WhenThereIsNoLink) {
  world.AddListing(de, "S");
  const auto unlinked = Unlink("S");
  ASSERT_TRUE(unlinked.ok());
  EXPECT_THAT(unlinked->accounts, IsEmpty());
  EXPECT_THAT(world.EventTypes(), IsEmpty());
  EXPECT_TRUE(HasReason(Unlink("NONE").status(), Reason::kListingNotFound));
}

TEST_F(MappingTest, LinkBySku_LinksEqualOnes_AndCountsTheRest) {
  const int64_t other = world.AddItem("C");
  world.AddListing(de, "A");
  world.AddListing(de, "B");
  world.AddListing(de, "C", item);
  ListingRecord gone = world.AddListing(de, "D");
  gone.vanished = true;
  world.PutListing(gone);
  ImportPage(world, {MakeOrder("1", pb::ORDER_STATUS_OPEN, world.now(), {{"l1", "A", 2}, {"l2", "B", 1}})});
  const auto linked = LinkBySku(false);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->linked, 1);
  EXPECT_EQ(linked->items_created, 0);
  EXPECT_EQ(linked->still_unlinked, 1);
  EXPECT_EQ(linked->order_lines_linked, 1);
  EXPECT_THAT(linked->accounts, ElementsAre("acc"));
  EXPECT_EQ(world.Listing("de", "A").item_id, item);
  EXPECT_EQ(world.Listing("de", "C").item_id, item) << "what is linked stays, not moved to item " << other;
  EXPECT_EQ(world.Level(item).reserved, 2);
}

TEST_F(MappingTest, LinkBySku_MakesTheItemsThatAreMissing_WhenAsked) {
  world.AddListing(de, "A");
  world.AddListing(de, "B");
  const auto linked = LinkBySku(true);
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->linked, 2);
  EXPECT_EQ(linked->items_created, 1);
  EXPECT_EQ(linked->still_unlinked, 0);
  const auto made = world.Read([](ReadTx& tx) { return tx.FindItemBySku("B"); });
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->title, "listing B");
  EXPECT_EQ(world.Listing("de", "B").item_id, made->id);
  EXPECT_EQ(world.Level(made->id).level, std::nullopt) << "a new item has no level, which is not 0";
}

TEST_F(MappingTest, LinkBySku_IsOneEventForThePiece_AndOneForTheItemsItMade) {
  world.AddListing(de, "A");
  world.AddListing(de, "B-1");
  world.AddListing(de, "B-2");
  ASSERT_EQ(LinkBySku(true)->linked, 3);
  const auto events = world.Read([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 2U);
  const std::string made =
      ItemName(world.Listing("de", "B-1").item_id) + " " + ItemName(world.Listing("de", "B-2").item_id);
  EXPECT_EQ(events[0].type, "item.created_many");
  EXPECT_EQ(events[0].attributes,
            (std::map<std::string, std::string>{{"count", "2"}, {"items", made}, {"sku_prefix", "B-"}}));
  EXPECT_EQ(events[1].type, "listing.linked_many");
  EXPECT_EQ(events[1].resource, "channels/de/listings/-");
  EXPECT_EQ(events[1].attributes,
            (std::map<std::string, std::string>{
                {"count", "3"},
                {"listings", "channels/de/listings/A channels/de/listings/B-1 channels/de/listings/B-2"},
                {"items", ItemName(item) + " " + made},
                {"sku_prefix", ""}}));
}

TEST_F(MappingTest, LinkBySku_OfManyListings_IsASmallEvent) {
  for (size_t i = 0; i <= kMostNamedInAnEvent; ++i) world.AddListing(de, "N-" + std::to_string(i));
  ASSERT_TRUE(LinkBySku(true, "", 1000).ok());
  const auto events = world.Read([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 2U);
  for (const EventRecord& event : events) {
    EXPECT_EQ(event.attributes.at("count"), std::to_string(kMostNamedInAnEvent + 1)) << event.type;
    EXPECT_EQ(event.attributes.at("items"), "") << event.type;
    EXPECT_EQ(event.attributes.at("sku_prefix"), "N-") << event.type;
  }
}

TEST_F(MappingTest, LinkBySku_OfOneListing_StaysTheEventOfOne) {
  world.AddListing(de, "B");
  ASSERT_EQ(LinkBySku(true)->linked, 1);
  EXPECT_THAT(world.EventTypes(), ElementsAre("item.created", "listing.linked"));
}

TEST_F(MappingTest, LinkBySku_GoesThroughTheChannelInPieces_AndTheTotalsFollow) {
  constexpr int kListings = 1'203;
  constexpr int kPiece = 100;
  world.Write([&](Tx& tx) -> absl::Status {
    for (int i = 0; i < kListings; ++i) {
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "de", .account_id = "acc", .sku = "N" + std::to_string(i)}));
    }
    return absl::OkStatus();
  });
  const auto link_all = [&](bool create_items) {
    LinkedPiece all;
    std::string after;
    for (int pieces = 1;; ++pieces) {
      const LinkedPiece piece = LinkBySku(create_items, after, kPiece).value();
      EXPECT_LE(piece.looked_at, kPiece);
      all.linked += piece.linked;
      all.still_unlinked += piece.still_unlinked;
      all.looked_at = pieces;
      if (piece.last) return all;
      after = piece.through_sku;
    }
  };
  const LinkedPiece none = link_all(false);
  EXPECT_EQ(none.still_unlinked, kListings);
  EXPECT_EQ(none.looked_at, 13) << "pieces";
  const LinkedPiece all = link_all(true);
  EXPECT_EQ(all.linked, kListings);
  EXPECT_EQ(all.looked_at, 13) << "what is linked does not shift the next piece";
  EXPECT_EQ(LinkBySku(true)->looked_at, 0);
  EXPECT_EQ(world.Read([](ReadTx& tx) { return tx.CountListings("de"); }).linked, kListings);
}

TEST_F(MappingTest, WhatAFulfilmentCentreHolds_FollowsTheLink) {
  world.AddListing(de, "S");
  world.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(
        tx.PutLocation({.id = "de-fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "de"}));
    return tx.PutCentreStock({.location_id = "de-fba", .sku = "S", .fulfillable = 4});
  });
  const auto level = [&]() -> std::optional<int64_t> {
    for (const LevelRecord& at : world.Read([&](ReadTx& tx) { return tx.GetLevels(item); })) {
      if (at.location_id == "de-fba") return at.level;
    }
    return std::nullopt;
  };
  ASSERT_TRUE(Link("S", item, 6).ok());
  EXPECT_EQ(level(), 24);
  ASSERT_TRUE(Unlink("S").ok());
  EXPECT_EQ(level(), 0);
}

}  // namespace
}  // namespace quayside
