// ListingService: listings with their quantities, links one by one and by SKU, passes that are asked for.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

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
  EXPECT_THAT(world.EventTexts(), Contains("pass.requested lanes/amz.amz-de.listings").Times(2));
  ASSERT_TRUE(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.amz-de.listings' note: 'n'").ok());
  EXPECT_EQ(world.Ask(&Listings::RequestPass, "parent: 'channels/amz-de'").reason(), "LANE_PAUSED");
}

}  // namespace
}  // namespace quayside
