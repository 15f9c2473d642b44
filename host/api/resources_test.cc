// Items, listings, orders, lanes and plugins: what each method shows and refuses.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/orders/order_document.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(InventoryServiceTest, ItemHasNoAvailabilityUntilALevelIsSet) {
  ApiWorld world;
  const auto created = world.Ask(&Inventory::CreateItem, "item { sku: 'A' title: 'Anchor' }");
  ASSERT_TRUE(created.ok()) << created;
  EXPECT_FALSE(created->item().has_available());
  const auto set =
      world.Ask(&Inventory::SetLevels,
                "changes { sku: 'A' level: 7 } changes { sku: 'B' level: 0 title: 'Buoy' } create_items: true");
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_EQ(set->changed(), 2);
  EXPECT_EQ(set->items_created(), 1);
  const auto got = world.Ask(&Inventory::GetItem, "name: '" + created->item().name() + "'");
  EXPECT_EQ(got->item().available(), 7);
  ASSERT_EQ(got->item().levels_size(), 1);
  EXPECT_EQ(got->item().levels(0).location(), "locations/default");
  const auto by_sku = world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'B'");
  ASSERT_TRUE(by_sku.ok()) << by_sku;
  EXPECT_TRUE(by_sku->item().has_available());
  EXPECT_EQ(by_sku->item().title(), "Buoy");
}

TEST(InventoryServiceTest, RefusesWithTheDocumentedReasons) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Inventory::CreateItem, "item { sku: 'A' }").ok());
  EXPECT_EQ(world.Ask(&Inventory::CreateItem, "item { sku: 'A' }").reason(), "ITEM_EXISTS");
  EXPECT_EQ(world.Ask(&Inventory::CreateItem, "").reason(), "INVALID_ARGUMENT");
  EXPECT_EQ(world.Ask(&Inventory::GetItem, "name: 'items/1'").reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'Z'").reason(), "ITEM_NOT_FOUND");
  EXPECT_THAT(world.Ask(&Inventory::GetItem, "name: 'items/-'").fields(), ElementsAre("sku"));
  EXPECT_EQ(world.Ask(&Inventory::SetLevels, "changes { sku: 'Z' level: 1 }").reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 1 location: 'locations/moon' }").reason(),
            "LOCATION_NOT_FOUND");
  const auto levels =
      world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: -1 } changes { sku: 'A' level: 1000000001 }");
  EXPECT_EQ(levels.reason(), "INVALID_LEVEL");
  EXPECT_THAT(levels.fields(), ElementsAre("changes[0].level", "changes[1].level"));
  EXPECT_THAT(
      world.Ask(&Inventory::SetLevels, "changes { sku: 'A' location: 'default' } changes { sku: 'A' location: 'x/y' }")
          .fields(),
      ElementsAre("changes[0].location", "changes[1].location"));
  api::SetLevelsRequest many;
  for (int i = 0; i < 1001; ++i) many.add_changes()->set_sku("A");
  EXPECT_THAT(world.Send(&Inventory::SetLevels, many).fields(), ElementsAre("changes"));
}

TEST(InventoryServiceTest, AdjustNeverGoesBelowZero) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 5 } create_items: true").ok());
  const auto adjusted =
      world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -2 note: 'sold at the counter' request_id: 'x'");
  ASSERT_TRUE(adjusted.ok()) << adjusted;
  EXPECT_EQ(adjusted->item().available(), 3);
  EXPECT_EQ(world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -2 note: 'sold at the counter' request_id: 'x'")
                ->item()
                .available(),
            3);
  const auto below = world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -4");
  EXPECT_EQ(below.reason(), "LEVEL_BELOW_ZERO");
  EXPECT_EQ(below.code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -9223372036854775808").reason(), "INVALID_LEVEL");
  EXPECT_EQ(world.Ask(&Inventory::AdjustLevel, "sku: 'A' delta: -1 validate_only: true")->item().available(), 2);
  EXPECT_EQ(world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'A'")->item().available(), 3);
}

TEST(InventoryServiceTest, AHandlingTimeThatIsNone_IsWarnedOf) {
  ApiWorld world;
  const auto made = world.Ask(&Inventory::CreateItem,
                              "item { sku: 'A' properties { key: 'Despatch Time' value: '2.5' } "
                              "properties { key: 'Hull_Colour' value: 'red' } }");
  ASSERT_TRUE(made.ok()) << made;
  ASSERT_EQ(made->item().warnings_size(), 1);
  EXPECT_THAT(made->item().warnings(0), testing::HasSubstr("'Despatch Time' is no whole number of days 1..30"));
}

TEST(InventoryServiceTest, AnItem_IsChangedWithItsProperties_AndDeletedWhenNobodyUsesIt) {
  ApiWorld world;
  const auto made =
      world.Ask(&Inventory::CreateItem, "item { sku: 'A' properties { key: 'Despatch Time' value: '2' } }");
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(made->item().properties().at("Despatch Time"), "2");
  const std::string name = "name: '" + made->item().name() + "'";
  const auto titled = world.Ask(&Inventory::UpdateItem,
                                "item { " + name + " title: 'Anchor' etag: '1' } update_mask { paths: 'title' }");
  ASSERT_TRUE(titled.ok()) << titled;
  EXPECT_EQ(titled->item().title(), "Anchor");
  EXPECT_EQ(titled->item().properties_size(), 1) << "left as they were";
  EXPECT_EQ(titled->item().etag(), "2");
  EXPECT_EQ(world.Ask(&Inventory::UpdateItem, "item { " + name + " etag: '1' sku: 'A' }").reason(), "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Inventory::UpdateItem, "item { " + name + " } update_mask { paths: 'properties' }")
                ->item()
                .properties_size(),
            0);
  EXPECT_THAT(world.Ask(&Inventory::CreateItem, "item { sku: 'B' properties { key: '' value: 'x' } }").fields(),
              ElementsAre("item.properties"));
  EXPECT_EQ(world.Ask(&Inventory::DeleteItem, name + " etag: '1'").reason(), "ETAG_MISMATCH");
  ASSERT_TRUE(world.Ask(&Inventory::DeleteItem, name).ok());
  EXPECT_EQ(world.Ask(&Inventory::GetItem, name).reason(), "ITEM_NOT_FOUND");
}

TEST(InventoryServiceTest, WhoHoldsAnItem_IsListedPageByPage) {
  ApiWorld world;
  const auto item = world.Ask(&Inventory::CreateItem, "item { sku: 'A' }")->item();
  const int64_t item_id = std::stoll(item.name().substr(6));
  const int64_t order_id = world.ids().Next();
  world.Write([&](Tx& tx) {
    const auto line = [&](const char* id, int64_t units) {
      OrderLineRecord record{.external_id = id, .sku = "A-LISTED", .quantity = 1};
      record.item_id = item_id;
      record.reserved = units;
      return record;
    };
    return tx.PutOrder({.id = order_id, .account_id = "amz", .external_id = "111-1", .location_id = "default"},
                       {line("1", 2), line("2", 0), line("3", 6)});
  });
  const std::string parent = "parent: '" + item.name() + "' page_size: 1 ";
  const auto first = world.Ask(&Inventory::ListReservations, parent);
  ASSERT_EQ(first->reservations_size(), 1);
  EXPECT_EQ(first->reservations(0).order(), "orders/" + std::to_string(order_id));
  EXPECT_EQ(first->reservations(0).external_id(), "111-1");
  EXPECT_EQ(first->reservations(0).location(), "locations/default");
  EXPECT_EQ(first->reservations(0).units(), 2);
  const auto second =
      world.Ask(&Inventory::ListReservations, parent + "page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->reservations_size(), 1);
  EXPECT_EQ(second->reservations(0).units(), 6);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(world.Ask(&Inventory::ListReservations, "parent: 'items/5'").reason(), "ITEM_NOT_FOUND");
}

TEST(InventoryServiceTest, LocationsAreMadeAndRenamed) {
  ApiWorld world;
  const auto made = world.Ask(&Inventory::CreateLocation, "location_id: 'shed' location { display_name: 'The shed' }");
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(made->location().name(), "locations/shed");
  EXPECT_EQ(world.Ask(&Inventory::CreateLocation, "location_id: 'shed'").reason(), "LOCATION_EXISTS");
  EXPECT_THAT(world.Ask(&Inventory::CreateLocation, "location_id: 'The shed'").fields(), ElementsAre("location_id"));
  EXPECT_EQ(world.Ask(&Inventory::CreateLocation, "location_id: 'attic'")->location().display_name(), "attic");
  const auto renamed =
      world.Ask(&Inventory::UpdateLocation, "location { name: 'locations/shed' display_name: 'Barn' etag: '1' }");
  ASSERT_TRUE(renamed.ok()) << renamed;
  EXPECT_EQ(renamed->location().display_name(), "Barn");
  EXPECT_EQ(
      world.Ask(&Inventory::UpdateLocation, "location { name: 'locations/shed' display_name: 'X' etag: '1' }").reason(),
      "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Inventory::UpdateLocation, "location { name: 'locations/no' display_name: 'X' }").reason(),
            "LOCATION_NOT_FOUND");
  EXPECT_TRUE(
      world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 1 location: 'locations/shed' } create_items: true")
          .ok());
}

TEST(InventoryServiceTest, ListsByPrefixAndKnowsTheDefaultLocation) {
  ApiWorld world;
  ASSERT_TRUE(world
                  .Ask(&Inventory::SetLevels,
                       "changes { sku: 'B1' } changes { sku: 'A2' } changes { sku: 'A1' } create_items: true")
                  .ok());
  const auto listed = world.Ask(&Inventory::ListItems, "sku_prefix: 'A'");
  ASSERT_EQ(listed->items_size(), 2);
  EXPECT_EQ(listed->items(0).sku(), "A1");
  EXPECT_EQ(world.Ask(&Inventory::ListLocations, "")->locations(0).name(), "locations/default");
}

struct ListingWorld : ApiWorld {
  ListingWorld() {
    MakeAccount();
    MakeChannel();
    Write([](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "amz-de",
                                        .account_id = "amz",
                                        .sku = "A 1",
                                        .title = "Anchor",
                                        .fulfilment = Fulfilment::kMerchant,
                                        .statuses = {"BUYABLE"},
                                        .quantity_seen = 4}));
      return tx.PutListing(
          {.channel_id = "amz-de", .account_id = "amz", .sku = "B", .fulfilment = Fulfilment::kMarketplace});
    });
    EXPECT_TRUE(Ask(&Inventory::SetLevels, "changes { sku: 'A 1' level: 5 } create_items: true").ok());
  }
};

TEST(ListingServiceTest, ShowsListingAndTarget) {
  ListingWorld world;
  world.Write([](Tx& tx) {
    return tx.PutTarget({.account_id = "amz",
                         .sku = "A 1",
                         .owner_channel_id = "amz-de",
                         .state = TargetState::kHeld,
                         .wanted = 5,
                         .accepted = 4,
                         .accepted_us = 3 * kSecondUs,
                         .note = "waits for orders"});
  });
  const auto got = world.Ask(&Listings::GetListing, "name: 'channels/amz-de/listings/A%201'");
  ASSERT_TRUE(got.ok()) << got;
  const api::Listing& listing = got->listing();
  EXPECT_EQ(listing.name(), "channels/amz-de/listings/A%201");
  EXPECT_EQ(listing.sku(), "A 1");
  EXPECT_EQ(listing.quantity_seen(), 4);
  EXPECT_EQ(listing.quantity_wanted(), 5);
  EXPECT_EQ(listing.quantity_accepted(), 4);
  EXPECT_EQ(listing.accept_time().seconds(), 3);
  EXPECT_EQ(listing.quantity_state(), api::QUANTITY_STATE_HELD);
  EXPECT_EQ(listing.quantity_note(), "waits for orders");
  EXPECT_EQ(listing.item(), "");
}

TEST(ListingServiceTest, ListsWithFiltersAndTotals) {
  ListingWorld world;
  const auto all = world.Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_size: 1");
  ASSERT_EQ(all->listings_size(), 1);
  EXPECT_EQ(all->total(), 2);
  EXPECT_EQ(all->linked(), 0);
  EXPECT_FALSE(all->next_page_token().empty());
  const auto fba = world.Ask(&Listings::ListListings,
                             "parent: 'channels/amz-de' filter { fulfilment: FULFILMENT_CHANNEL_MARKETPLACE }");
  ASSERT_EQ(fba->listings_size(), 1);
  EXPECT_EQ(fba->listings(0).sku(), "B");
  EXPECT_EQ(fba->listings(0).quantity_state(), api::QUANTITY_STATE_NONE);
  EXPECT_EQ(
      world.Ask(&Listings::ListListings, "parent: 'channels/amz-de' filter { only_linked: true only_unlinked: true }")
          .reason(),
      "INVALID_FILTER");
  EXPECT_EQ(world.Ask(&Listings::ListListings, "parent: 'channels/none'").reason(), "CHANNEL_NOT_FOUND");
  EXPECT_EQ(world
                .Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_token: '" + all->next_page_token() +
                                                  "' filter { only_linked: true }")
                .reason(),
            "INVALID_PAGE_TOKEN");
}

TEST(ListingServiceTest, LinksToAnItemThatIsMadeOfTheListing) {
  ListingWorld world;
  const std::string name = "name: 'channels/amz-de/listings/A%201' ";
  EXPECT_THAT(world.Ask(&Listings::LinkListing, name + "item: 'items/7' create_item: true").fields(),
              ElementsAre("item"));
  ASSERT_TRUE(world.Ask(&Listings::LinkListing, name + "item_sku: 'tried' create_item: true validate_only: true").ok());
  EXPECT_EQ(world.Ask(&Listings::LinkListing, name + "item_sku: 'tried'").reason(), "ITEM_NOT_FOUND");
  const auto linked = world.Ask(&Listings::LinkListing, name + "item_sku: 'made' create_item: true");
  ASSERT_TRUE(linked.ok()) << linked;
  EXPECT_TRUE(linked->item_created());
  EXPECT_EQ(linked->listing().item_sku(), "made");
  const auto again = world.Ask(&Listings::LinkListing, name + "item_sku: 'made' create_item: true");
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_FALSE(again->item_created());
}

TEST(ListingServiceTest, LinksAndUnlinks) {
  ListingWorld world;
  const std::string name = "name: 'channels/amz-de/listings/A%201' ";
  EXPECT_THAT(world.Ask(&Listings::LinkListing, name + "units_per_listing: -1").fields(),
              ElementsAre("item", "units_per_listing"));
  EXPECT_EQ(world.Ask(&Listings::LinkListing, name + "item_sku: 'Z'").reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Listings::LinkListing, name + "item: 'items/77'").reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Listings::LinkListing, "name: 'channels/amz-de/listings/C' item_sku: 'A 1'").reason(),
            "LISTING_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Listings::GetListing, "name: 'channels/amz-de/listings/C'").reason(), "LISTING_NOT_FOUND");
  const auto linked = world.Ask(&Listings::LinkListing, name + "item_sku: 'A 1' units_per_listing: 6");
  ASSERT_TRUE(linked.ok()) << linked;
  EXPECT_EQ(linked->listing().item_sku(), "A 1");
  EXPECT_EQ(linked->listing().units_per_listing(), 6);
  EXPECT_EQ(linked->listing().quantity_state(), api::QUANTITY_STATE_DIRTY);
  EXPECT_EQ(world.engine.targets_changed("amz"), 1);

  ASSERT_TRUE(world.Ask(&Inventory::CreateItem, "item { sku: 'other' }").ok());
  const auto taken = world.Ask(&Listings::LinkListing, name + "item_sku: 'other'");
  EXPECT_EQ(taken.reason(), "LISTING_LINKED");
  EXPECT_EQ(taken.code(), grpc::StatusCode::FAILED_PRECONDITION);
  // Stock of a linked item wakes the engine.
  ASSERT_TRUE(world.Ask(&Inventory::SetLevels, "changes { sku: 'A 1' level: 9 }").ok());
  EXPECT_EQ(world.engine.targets_changed("amz"), 2);
  const auto unlinked = world.Ask(&Listings::UnlinkListing, name);
  EXPECT_EQ(unlinked->listing().item(), "");
  EXPECT_EQ(world.engine.targets_changed("amz"), 3);
}

TEST(ListingServiceTest, LinksBySku) {
  ListingWorld world;
  const auto dry = world.Ask(&Listings::LinkListingsBySku, "parent: 'channels/amz-de' validate_only: true");
  EXPECT_EQ(dry->linked(), 1);
  EXPECT_EQ(dry->still_unlinked(), 1);
  const auto linked = world.Ask(&Listings::LinkListingsBySku, "parent: 'channels/amz-de' create_items: true");
  ASSERT_TRUE(linked.ok()) << linked;
  EXPECT_EQ(linked->linked(), 2);
  EXPECT_EQ(linked->items_created(), 1);
  EXPECT_EQ(world.Ask(&Listings::ListListings, "parent: 'channels/amz-de'")->linked(), 2);
  EXPECT_EQ(world.Ask(&Listings::LinkListingsBySku, "parent: 'channels/no'").reason(), "CHANNEL_NOT_FOUND");
}

// A channel larger than one call looks at.
struct BigChannelWorld : ApiWorld {
  static constexpr int kListings = 10'700;
  // A call on all of it is slow in a sanitized build.
  static ApiOptions Patient() {
    ApiOptions options;
    options.default_deadline = std::chrono::minutes(1);
    return options;
  }
  BigChannelWorld() : ApiWorld(Patient()) {
    MakeAccount();
    MakeChannel();
    std::vector<ListingRecord> listings;
    for (int i = 0; i < kListings; ++i) {
      listings.push_back({.channel_id = "amz-de", .account_id = "amz", .sku = absl::StrCat("S", 100'000 + i)});
    }
    Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.AddListings(listings));
      for (int i = 0; i < kListings; i += 10) {
        QS_RETURN_IF_ERROR(tx.PutItem({.id = ids().Next(), .sku = absl::StrCat("S", 100'000 + i)}));
      }
      return absl::OkStatus();
    });
  }
};

TEST(ListingServiceTest, LinksABigChannel_CallByCall_InCommitsThatHoldNobodyUp) {
  BigChannelWorld world;
  const int commits = world.commits;
  const auto first = world.Ask(&Listings::LinkListingsBySku, "parent: 'channels/amz-de' request_id: 'one'");
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_EQ(first->linked(), 1000);
  EXPECT_EQ(first->still_unlinked(), 9000);
  EXPECT_FALSE(first->next_page_token().empty());
  EXPECT_EQ(world.commits - commits, 20) << "500 listings in each";
  EXPECT_EQ(world.engine.targets_changed("amz"), 20);
  const auto again = world.Ask(&Listings::LinkListingsBySku, "parent: 'channels/amz-de' request_id: 'one'");
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString()) << "its repetition changes nothing";
  EXPECT_EQ(world.commits - commits, 20);
  const auto rest =
      world.Ask(&Listings::LinkListingsBySku,
                "parent: 'channels/amz-de' request_id: 'two' page_token: '" + first->next_page_token() + "'");
  ASSERT_TRUE(rest.ok()) << rest;
  EXPECT_EQ(rest->linked(), 70);
  EXPECT_EQ(rest->still_unlinked(), 630);
  EXPECT_TRUE(rest->next_page_token().empty());
  const auto totals = world.Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_size: 1");
  EXPECT_EQ(totals->total(), world.kListings);
  EXPECT_EQ(totals->linked(), 1070);
}

TEST(ListingServiceTest, LinksABigChannel_DryRun_CountsAndChangesNothing) {
  BigChannelWorld world;
  const auto dry =
      world.Ask(&Listings::LinkListingsBySku, "parent: 'channels/amz-de' create_items: true validate_only: true");
  ASSERT_TRUE(dry.ok()) << dry;
  EXPECT_EQ(dry->linked(), 10'000);
  EXPECT_EQ(dry->items_created(), 9000);
  EXPECT_EQ(world.Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_size: 1")->linked(), 0);
  EXPECT_EQ(world.engine.targets_changed("amz"), 0);
  EXPECT_EQ(world
                .Ask(&Listings::LinkListingsBySku,
                     "parent: 'channels/amz-de' page_token: '" + dry->next_page_token() + "' create_items: true")
                ->linked(),
            700)
      << "what a dry run ends at, the real one can begin at";
  EXPECT_EQ(world
                .Ask(&Listings::LinkListingsBySku,
                     "parent: 'channels/amz-uk' page_token: '" + dry->next_page_token() + "' create_items: true")
                .reason(),
            "INVALID_PAGE_TOKEN");
}

TEST(ListingServiceTest, RequestPass_IsAWishOfTheLane_WithARunAndAnEvent) {
  ListingWorld world;
  EXPECT_EQ(world.Ask(&Listings::RequestPass, "parent: 'channels/amz-de'").reason(), "LANE_NOT_FOUND");
  world.engine.AddLane("amz.amz-de.listings", "amz", "amz-de", Job::kListings);
  EXPECT_EQ(world.Ask(&Listings::RequestPass, "parent: 'channels/no'").reason(), "CHANNEL_NOT_FOUND");
  ASSERT_TRUE(world.Ask(&Listings::RequestPass, "parent: 'channels/amz-de' validate_only: true").ok());
  EXPECT_EQ(world.engine.lanes_changed("amz.amz-de.listings"), 0);
  const auto asked = world.Ask(&Listings::RequestPass, "parent: 'channels/amz-de' request_id: 'a'");
  ASSERT_TRUE(asked.ok()) << asked;
  EXPECT_EQ(asked->lane().name(), "lanes/amz.amz-de.listings");
  EXPECT_TRUE(asked->lane().has_want_pass_time());
  EXPECT_EQ(asked->run().state(), api::RUN_STATE_QUEUED);
  EXPECT_EQ(world.engine.lanes_changed("amz.amz-de.listings"), 1);
  std::optional<LaneRecord> row;
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(row, tx.FindLane("amz.amz-de.listings"));
    return absl::OkStatus();
  });
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->want_pass_us, world.clock.Now());
  world.clock.Advance(kMinuteUs);
  EXPECT_EQ(world.Ask(&Listings::RequestPass, "parent: 'channels/amz-de' request_id: 'b'")->run().name(),
            asked->run().name())
      << "two who ask share a run";
  EXPECT_THAT(world.EventTexts(), testing::Contains("pass.requested lanes/amz.amz-de.listings").Times(2));
  ASSERT_TRUE(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.amz-de.listings' note: 'n'").ok());
  EXPECT_EQ(world.Ask(&Listings::RequestPass, "parent: 'channels/amz-de'").reason(), "LANE_PAUSED");
}

struct OrderWorld : ApiWorld {
  OrderWorld() {
    auto document = FromText<quayside::plugin::v1::Order>(R"(external_id: "111-1" programs: "PRIME"
        buyer { name: "Bea Buyer" email: "bea@example.com" }
        ship_to { name: "Bea" lines: "Kai 1" city: "Hamburg" postal_code: "20457"
        country_code: "DE" } lines { external_id: "L1" title: "Anchor"
        unit_price { currency_code: "EUR" units: 9 nanos: 990000000 }
        line_total { currency_code: "EUR" units: 19 nanos: 980000000 } })");
    record = {.id = ids().Next(),
              .account_id = "amz",
              .channel_id = "amz-de",
              .external_id = "111-1",
              .state = OrderState::kOpen,
              .raw_status = "Unshipped",
              .fulfilment = Fulfilment::kMerchant,
              .location_id = "default",
              .created_us = kSecondUs,
              .currency = "EUR",
              .total_units = 19,
              .total_nanos = 980000000,
              .unlinked_lines = 1};
    record.document = *SealOrderDocument(cipher, "amz", document);
    Write([&](Tx& tx) { return tx.PutOrder(record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
    name = "name: 'orders/" + std::to_string(record.id) + "'";
  }
  OrderRecord record;
  std::string name;
};

TEST(OrderServiceTest, GetShowsWhoAndWhat) {
  OrderWorld world;
  const auto got = world.Ask(&Orders::GetOrder, world.name);
  ASSERT_TRUE(got.ok()) << got;
  const api::Order& order = got->order();
  EXPECT_EQ(order.state(), api::ORDER_STATE_OPEN);
  EXPECT_EQ(order.channel_status(), "Unshipped");
  EXPECT_EQ(order.recipient().buyer_name(), "Bea Buyer");
  EXPECT_EQ(order.recipient().address_lines(0), "Kai 1");
  EXPECT_EQ(order.lines(0).title(), "Anchor");
  EXPECT_EQ(order.lines(0).line_total().units(), 19);
  EXPECT_EQ(order.total().nanos(), 980000000);
  EXPECT_EQ(order.location(), "locations/default");
  EXPECT_EQ(order.programs(0), "PRIME");
  EXPECT_EQ(world.Ask(&Orders::GetOrder, "name: 'orders/5'").reason(), "ORDER_NOT_FOUND");
}

TEST(OrderServiceTest, AnUndisclosedAddress_HasAStandIn_UntilTheRealOneComes) {
  OrderWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto recipient = [&] { return world.Ask(&Orders::GetOrder, world.name)->order().recipient(); };
  EXPECT_EQ(recipient().buyer_email(), "bea@example.com");
  EXPECT_FALSE(recipient().buyer_email_undisclosed());
  const std::string known = world.record.document;
  world.record.document = *SealOrderDocument(
      world.cipher, "amz", FromText<quayside::plugin::v1::Order>("external_id: '111-1' buyer { name: 'Bea' }"));
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  EXPECT_EQ(recipient().buyer_email(), "NOT DISCLOSED BY AMAZON");
  EXPECT_TRUE(recipient().buyer_email_undisclosed());
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { undisclosed_email: 'none@shop.example' } } "
                       "update_mask { paths: 'config.undisclosed_email' }")
                  .ok());
  EXPECT_EQ(recipient().buyer_email(), "none@shop.example");
  world.record.document = known;
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  EXPECT_EQ(recipient().buyer_email(), "bea@example.com");
}

TEST(OrderServiceTest, TheShownTimeOfReceipt_HasTheChannelsOffset_AndStaysUtc) {
  OrderWorld world;
  EXPECT_EQ(world.Ask(&Orders::GetOrder, world.name)->order().receive_utc_offset_minutes(), 0) << "no such channel";
  world.MakeAccount();
  world.MakeChannel();
  world.record.received_us = 100 * kSecondUs;
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { utc_offset_minutes: -210 } } "
                       "update_mask { paths: 'config.utc_offset_minutes' }")
                  .ok());
  const auto got = world.Ask(&Orders::GetOrder, world.name);
  EXPECT_EQ(got->order().receive_utc_offset_minutes(), -210);
  EXPECT_EQ(got->order().receive_time().seconds(), 100);
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "")->orders(0).receive_utc_offset_minutes(), -210);
}

TEST(OrderServiceTest, ABuyersWishToCancel_IsShown) {
  OrderWorld world;
  EXPECT_FALSE(world.Ask(&Orders::GetOrder, world.name)->order().lines(0).cancellation_requested());
  world.record.document =
      *SealOrderDocument(world.cipher, "amz",
                         FromText<quayside::plugin::v1::Order>(
                             "external_id: '111-1' lines { external_id: 'L1' cancellation_requested: true }"));
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  EXPECT_TRUE(world.Ask(&Orders::GetOrder, world.name)->order().lines(0).cancellation_requested());
}

TEST(OrderServiceTest, ErasedOrderHasNoRecipient) {
  OrderWorld world;
  world.record.personal_erased = true;
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {{.external_id = "L1", .sku = "A", .quantity = 2}}); });
  const auto got = world.Ask(&Orders::GetOrder, world.name);
  EXPECT_TRUE(got->order().personal_data_erased());
  EXPECT_FALSE(got->order().has_recipient());
  EXPECT_EQ(got->order().lines(0).title(), "Anchor");
}

TEST(OrderServiceTest, DocumentOfAnotherOrderIsNotShown) {
  OrderWorld world;
  world.record.external_id = "222-2";
  world.Write([&](Tx& tx) { return tx.PutOrder(world.record, {}); });
  EXPECT_EQ(world.Ask(&Orders::GetOrder, world.name).reason(), "KEY_UNAVAILABLE");
}

TEST(OrderServiceTest, ListHasNoPersonalDataAndFilters) {
  OrderWorld world;
  world.Write([&](Tx& tx) {
    return tx.PutOrder(
        {.id = world.ids().Next(), .account_id = "amz", .external_id = "333-3", .state = OrderState::kCancelled}, {});
  });
  const auto all = world.Ask(&Orders::ListOrders, "");
  ASSERT_EQ(all->orders_size(), 2);
  EXPECT_EQ(all->orders(0).external_id(), "333-3");
  EXPECT_EQ(all->orders(1).lines(0).quantity(), 2);
  EXPECT_EQ(all->ShortDebugString().find("Bea"), std::string::npos);
  const auto count = [&](const std::string& filter) {
    return world.Ask(&Orders::ListOrders, "filter { " + filter + " }")->orders_size();
  };
  EXPECT_EQ(count("channel: 'channels/amz-de'"), 1);
  EXPECT_EQ(count("account: 'accounts/amz'"), 2);
  EXPECT_EQ(count("state: ORDER_STATE_CANCELLED"), 1);
  EXPECT_EQ(count("external_id: '111-1'"), 1);
  EXPECT_EQ(count("only_unlinked: true"), 1);
  const auto first = world.Ask(&Orders::ListOrders, "page_size: 1");
  const auto second = world.Ask(&Orders::ListOrders, "page_size: 1 page_token: '" + first->next_page_token() + "'");
  EXPECT_EQ(second->orders(0).external_id(), "111-1");
  EXPECT_TRUE(second->next_page_token().empty());
  const auto wrong = world.Ask(&Orders::ListOrders, "filter { channel: 'amz-de' account: 'x' state: 77 }");
  EXPECT_EQ(wrong.reason(), "INVALID_FILTER");
  EXPECT_THAT(wrong.fields(), ElementsAre("filter.channel", "filter.account", "filter.state"));
}

TEST(SyncServiceTest, ShowsAndControlsLanes) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world.engine.AddLane("amz.amz-de.listings", "amz", "amz-de", Job::kListings);
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "")->lanes_size(), 2);
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "parent: 'channels/amz-de'")->lanes(0).name(), "lanes/amz.amz-de.listings");
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "parent: 'accounts/amz'")->lanes_size(), 2);
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "parent: 'items/1'").reason(), "INVALID_NAME");
  const auto page = world.Ask(&Syncs::ListLanes, "page_size: 1");
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "page_token: '" + page->next_page_token() + "'")->lanes_size(), 1);
  EXPECT_EQ(world.Ask(&Syncs::GetLane, "name: 'lanes/amz.orders'")->lane().job(), "orders");
  EXPECT_EQ(world.Ask(&Syncs::GetLane, "name: 'lanes/x.orders'").reason(), "LANE_NOT_FOUND");

  const auto paused = world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: 'stocktaking'");
  EXPECT_EQ(paused->lane().state(), api::LANE_STATE_PAUSED);
  EXPECT_EQ(paused->lane().pause_note(), "stocktaking");
  EXPECT_EQ(world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders'").reason(), "LANE_PAUSED");
  EXPECT_EQ(world.Ask(&Syncs::ResumeLane, "name: 'lanes/amz.orders'")->lane().state(), api::LANE_STATE_IDLE);
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 2);
  EXPECT_THAT(world.EventTexts(), ElementsAre("lane.paused lanes/amz.orders", "lane.resumed lanes/amz.orders"));
  EXPECT_THAT(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: '" + std::string(1001, 'n') + "'").fields(),
              ElementsAre("note"));
}

TEST(SyncServiceTest, Lanes_AreScheduled_WithinBounds_AndOnlyThoseThatLookForNews) {
  ApiWorld world;
  world.MakeAccount();
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world.engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
  const auto schedule = [&](const std::string& lane, const std::string& more) {
    return world.Ask(&Syncs::ScheduleLane, "name: 'lanes/" + lane + "' " + more);
  };
  EXPECT_EQ(schedule("amz.orders", "interval { seconds: 900 }")->lane().interval().seconds(), 900);
  EXPECT_EQ(schedule("amz.orders", "interval { seconds: 900 }")->lane().interval().seconds(), 900) << "so already";
  EXPECT_THAT(world.EventTexts(), ElementsAre("account.created accounts/amz", "lane.scheduled lanes/amz.orders"));
  for (const char* wrong : {"interval { seconds: 59 }", "interval { seconds: 86401 }", "interval { seconds: -900 }",
                            "interval { seconds: 60 nanos: 1 }", "interval {}"}) {
    EXPECT_THAT(schedule("amz.orders", wrong).fields(), ElementsAre("interval")) << wrong;
  }
  EXPECT_EQ(schedule("amz.inventory", "interval { seconds: 900 }").reason(), "LANE_NOT_SCHEDULED");
  EXPECT_EQ(schedule("amz.none", "interval { seconds: 900 }").reason(), "LANE_NOT_FOUND");
  EXPECT_TRUE(schedule("amz.orders", "validate_only: true").ok());
  EXPECT_FALSE(schedule("amz.orders", "")->lane().has_interval());
}

TEST(SyncServiceTest, StartSync_OfTwoWhoAsk_IsOneRun_UntilItHasEnded) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  const auto start = [&](const std::string& request_id) {
    return world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders' request_id: '" + request_id + "'")->run();
  };
  const api::Run run = start("a");
  EXPECT_EQ(run.state(), api::RUN_STATE_QUEUED);
  EXPECT_EQ(start("a").name(), run.name()) << "a repetition";
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 1);
  EXPECT_EQ(start("b").name(), run.name()) << "somebody else";
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 2) << "the lane is due once more";
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::vector<RunRecord> open, tx.ListOpenRuns("amz.orders"));
    open.at(0).ended_us = 1;
    return tx.PutRun(open[0]);
  });
  EXPECT_NE(start("c").name(), run.name());
  EXPECT_EQ(start("a").name(), run.name()) << "a repetition, however late";
}

// Nothing lies between the change and its stored answer, so a crash leaves both or neither.
TEST(SyncServiceTest, AChangeAndItsAnswer_AreOneTransaction) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  const auto commits_of = [&](const auto& call) {
    const int before = world.commits;
    call();
    return world.commits - before;
  };
  EXPECT_EQ(
      commits_of([&] { EXPECT_TRUE(world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders' request_id: 'a'").ok()); }),
      1);
  EXPECT_EQ(commits_of([&] {
              EXPECT_TRUE(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: 'n' request_id: 'b'").ok());
            }),
            1);
  EXPECT_EQ(
      commits_of([&] { EXPECT_TRUE(world.Ask(&Syncs::ResumeLane, "name: 'lanes/amz.orders' request_id: 'c'").ok()); }),
      1);
  EXPECT_EQ(commits_of([&] { EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' request_id: 'd'").ok()); }),
            1);
  EXPECT_EQ(world.catalog.installs, 1);
  EXPECT_EQ(commits_of([&] { EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' request_id: 'd'").ok()); }),
            0);
  EXPECT_EQ(world.catalog.installs, 1);
}

TEST(SyncServiceTest, ListsRunsNewestFirst) {
  ApiWorld world;
  world.Write([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 3; ++id) {
      QS_RETURN_IF_ERROR(tx.PutRun({.id = id,
                                    .lane_id = id == 2 ? "b.orders" : "a.orders",
                                    .state = RunState::kFailed,
                                    .error = "no",
                                    .error_reason = "THROTTLED"}));
    }
    return absl::OkStatus();
  });
  const auto all = world.Ask(&Syncs::ListRuns, "page_size: 2");
  ASSERT_EQ(all->runs_size(), 2);
  EXPECT_EQ(all->runs(0).name(), "runs/3");
  EXPECT_EQ(world.Ask(&Syncs::ListRuns, "page_size: 2 page_token: '" + all->next_page_token() + "'")->runs(0).name(),
            "runs/1");
  EXPECT_EQ(world.Ask(&Syncs::ListRuns, "lane: 'lanes/b.orders'")->runs_size(), 1);
  EXPECT_EQ(world.Ask(&Syncs::GetRun, "name: 'runs/2'")->run().error_reason(), "THROTTLED");
  EXPECT_EQ(world.Ask(&Syncs::GetRun, "name: 'runs/9'").reason(), "RUN_NOT_FOUND");
}

TEST(PluginServiceTest, ShowsInspectsAndInstalls) {
  ApiWorld world;
  world.MakeAccount();
  const auto listed = world.Ask(&Plugins::ListPlugins, "");
  ASSERT_EQ(listed->plugins_size(), 1);
  const auto got = world.Ask(&Plugins::GetPlugin, "name: 'plugins/amazon'");
  EXPECT_EQ(got->plugin().state(), api::PLUGIN_STATE_ACTIVE);
  EXPECT_EQ(got->plugin().generations(0).state(), "ACTIVE");
  EXPECT_EQ(got->plugin().contracts(0).id(), "order_sync/1");
  EXPECT_EQ(got->plugin().marketplaces_size(), 3);
  EXPECT_EQ(world.Ask(&Plugins::GetPlugin, "name: 'plugins/ebay'").reason(), "PLUGIN_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Plugins::InspectPlugin, "path: '/good'")->exported_symbols(0), "qs_plugin");
  EXPECT_EQ(world.Ask(&Plugins::InspectPlugin, "path: '/bad'").reason(), "BUNDLE_INVALID");
  EXPECT_THAT(world.Ask(&Plugins::InspectPlugin, "path: 'relative'").fields(), ElementsAre("path"));

  EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' validate_only: true").ok());
  EXPECT_EQ(world.catalog.installs, 0);
  EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' request_id: 'i'").ok());
  EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' request_id: 'i'").ok());
  EXPECT_EQ(world.catalog.installs, 1);
  EXPECT_EQ(world.engine.accounts_changed("amz"), 1)
      << "by its creation; of an installation the catalog tells the engine";
  EXPECT_EQ(world.Ask(&Plugins::InstallPlugin, "path: '/bad'").reason(), "BUNDLE_INVALID");
}

}  // namespace
}  // namespace quayside
