// What the mapping screen does beyond links: a listing's own rules, who decides for a SKU, search, sending again.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Channel "amz-de" lists A (linked), B (FBA), C (an item has its SKU) and D (gone).
struct ScreenWorld : ApiWorld {
  ScreenWorld() {
    MakeAccount();
    MakeChannel();
    EXPECT_TRUE(
        Ask(&Inventory::SetLevels, "changes { sku: 'A' level: 5 } changes { sku: 'C' level: 5 } create_items: true")
            .ok());
    Write([](Tx& tx) -> absl::Status {
      const auto listing = [](const char* sku, const char* title, const char* product) {
        return ListingRecord{
            .channel_id = "amz-de", .account_id = "amz", .sku = sku, .title = title, .product_id = product};
      };
      ListingRecord anchor = listing("A", "Big ANCHOR", "B001");
      anchor.fulfilment = Fulfilment::kMerchant;
      QS_RETURN_IF_ERROR(tx.PutListing(anchor));
      ListingRecord fba = listing("B", "Buoy", "B002");
      fba.fulfilment = Fulfilment::kMarketplace;
      fba.ignored = true;
      QS_RETURN_IF_ERROR(tx.PutListing(fba));
      QS_RETURN_IF_ERROR(tx.PutListing(listing("C", "Chain for anchors", "B003")));
      ListingRecord gone = listing("D", "Dinghy", "B004");
      gone.vanished = true;
      return tx.PutListing(gone);
    });
    EXPECT_TRUE(Ask(&Listings::LinkListing, "name: 'channels/amz-de/listings/A' item_sku: 'A'").ok());
  }
  api::Listing Get(const std::string& sku) {
    return Ask(&Listings::GetListing, "name: 'channels/amz-de/listings/" + sku + "'")->listing();
  }
  Answer<api::UpdateListingResponse> Update(const std::string& fields, const std::string& mask = "") {
    return Ask(&Listings::UpdateListing, "listing { name: 'channels/amz-de/listings/A' " + fields + " } " + mask);
  }
  std::vector<std::string> Found(const std::string& filter) {
    std::vector<std::string> skus;
    std::string token;
    do {
      const auto page = Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_size: 1 filter { " + filter +
                                                         " } page_token: '" + token + "'");
      EXPECT_TRUE(page.ok()) << page;
      for (const auto& listing : page->listings()) skus.push_back(listing.sku());
      token = page->next_page_token();
    } while (!token.empty());
    return skus;
  }
};

TEST(MappingActionsTest, TheListingsOwnRules_AreSetOneByOne) {
  ScreenWorld world;
  const auto set = world.Update("max_listed_quantity: 3 end_when_quantity: 0");
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_EQ(set->listing().max_listed_quantity(), 3);
  EXPECT_TRUE(set->listing().has_end_when_quantity());
  EXPECT_FALSE(set->listing().has_listed_percentage_e4());
  const int told = world.engine.targets_changed("amz");
  const auto cleared = world.Update("", "update_mask { paths: 'max_listed_quantity' }");
  ASSERT_TRUE(cleared.ok()) << cleared;
  EXPECT_FALSE(cleared->listing().has_max_listed_quantity());
  EXPECT_TRUE(cleared->listing().has_end_when_quantity());
  EXPECT_EQ(world.engine.targets_changed("amz"), told + 1);
  ASSERT_TRUE(world.Update("", "update_mask { paths: 'max_listed_quantity' }").ok());
  EXPECT_EQ(world.engine.targets_changed("amz"), told + 1) << "nothing changed";
  const auto wrong = world.Update("max_listed_quantity: -1 listed_percentage_e4: 1000001");
  EXPECT_THAT(wrong.fields(), ElementsAre("listing.max_listed_quantity", "listing.listed_percentage_e4"));
  EXPECT_THAT(world.Update("", "update_mask { paths: 'title' }").fields(), ElementsAre("update_mask"));
}

TEST(MappingActionsTest, RulesThatWereReadBeforeSomebodyElseChangedThem_AreNotOverwritten) {
  ScreenWorld world;
  const std::string read = world.Get("A").etag();
  ASSERT_NE(read, "");
  const auto first = world.Update("max_listed_quantity: 3 etag: '" + read + "'");
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_NE(first->listing().etag(), read);
  const auto second = world.Update("max_listed_quantity: 9 etag: '" + read + "'");
  EXPECT_EQ(second.code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(second.reason(), "ETAG_MISMATCH");
  EXPECT_EQ(world.Get("A").max_listed_quantity(), 3);
  const auto third = world.Update("max_listed_quantity: 9 etag: '" + first->listing().etag() + "'");
  ASSERT_TRUE(third.ok()) << third;
  ASSERT_TRUE(world.Ask(&Listings::UnlinkListing, "name: 'channels/amz-de/listings/A'").ok());
  EXPECT_NE(world.Get("A").etag(), third->listing().etag()) << "its rules are of another item now";
}

TEST(MappingActionsTest, WhatTheMarketplaceReports_LeavesTheEtagAsItIs) {
  ScreenWorld world;
  const std::string read = world.Get("A").etag();
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::optional<ListingRecord> listing, tx.FindListing("amz-de", "A"));
    listing->title = "Bigger anchor";
    listing->quantity_seen = 4;
    return tx.PutListing(*listing);
  });
  EXPECT_EQ(world.Get("A").etag(), read);
  EXPECT_TRUE(world.Update("max_listed_quantity: 3 etag: '" + read + "'").ok());
}

TEST(MappingActionsTest, Ignore_IsOnAndOff) {
  ScreenWorld world;
  EXPECT_TRUE(world.Update("ignored: true")->listing().ignored());
  EXPECT_FALSE(world.Update("", "update_mask { paths: 'ignored' }")->listing().ignored());
  EXPECT_THAT(world.EventTexts(), Contains("listing.updated channels/amz-de/listings/A").Times(2));
}

TEST(MappingActionsTest, AnUnlinkedListing_SuggestsTheItemOfItsSku) {
  ScreenWorld world;
  EXPECT_EQ(world.Get("C").suggested_item(), world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'C'")->item().name());
  EXPECT_EQ(world.Get("A").suggested_item(), "") << "it is linked";
  EXPECT_EQ(world.Get("B").suggested_item(), "");
}

TEST(MappingActionsTest, Search_LooksAtTitleSkuAndProduct) {
  ScreenWorld world;
  EXPECT_THAT(world.Found("search: 'anchor'"), ElementsAre("A", "C"));
  EXPECT_THAT(world.Found("search: 'b002'"), ElementsAre("B"));
  EXPECT_THAT(world.Found("search: 'zebra'"), IsEmpty());
  EXPECT_THAT(world.Found("search: 'anchor' only_unlinked: true"), ElementsAre("C"));
}

TEST(MappingActionsTest, Filters_ByStateAndIgnored) {
  ScreenWorld world;
  EXPECT_THAT(world.Found("ignored: true"), ElementsAre("B"));
  EXPECT_THAT(world.Found("ignored: false"), ElementsAre("A", "C", "D"));
  EXPECT_THAT(world.Found("quantity_state: QUANTITY_STATE_DIRTY"), ElementsAre("A"));
  EXPECT_THAT(world.Found("quantity_state: QUANTITY_STATE_NONE ignored: false"), ElementsAre("C", "D"));
  EXPECT_EQ(world.Ask(&Listings::ListListings, "parent: 'channels/amz-de' filter { quantity_state: 77 }").reason(),
            "INVALID_FILTER");
}

TEST(MappingActionsTest, ActiveOnes_AreCountedApart) {
  ScreenWorld world;
  const auto listed = world.Ask(&Listings::ListListings, "parent: 'channels/amz-de'");
  EXPECT_EQ(listed->total(), 4);
  EXPECT_EQ(listed->active(), 3);
  EXPECT_EQ(listed->linked(), 1);
}

TEST(MappingActionsTest, TheLastError_IsThatOfTheLastSubmission) {
  ScreenWorld world;
  const auto send = [&](IntentState state) {
    world.Write([&](Tx& tx) {
      return tx.PutIntent({.id = world.ids().Next(),
                           .account_id = "amz",
                           .target = "A",
                           .state = state,
                           .reason = "8541",
                           .message = "no such SKU",
                           .created_us = 9 * kSecondUs,
                           .settled_us = 10 * kSecondUs});
    });
  };
  EXPECT_FALSE(world.Get("A").has_submit_time());
  send(IntentState::kRejected);
  EXPECT_EQ(world.Get("A").last_error(), "8541: no such SKU");
  EXPECT_EQ(world.Get("A").submit_time().seconds(), 9);
  send(IntentState::kDone);
  EXPECT_EQ(world.Get("A").last_error(), "");
}

TEST(MappingActionsTest, TheOwner_IsSet_AndWhoWantsAnotherNumberIsTold) {
  ScreenWorld world;
  world.MakeChannel("amz-gb", "A1F83G8C2ARO7P");
  world.Write([](Tx& tx) {
    ListingRecord other{.channel_id = "amz-gb", .account_id = "amz", .sku = "A"};
    other.fulfilment = Fulfilment::kMerchant;
    other.max_listed_quantity = 2;
    return tx.PutListing(other);
  });
  const std::string name = "name: 'channels/amz-gb/listings/A'";
  ASSERT_TRUE(world.Ask(&Listings::LinkListing, name + " item_sku: 'A'").ok());
  const auto disabled = world.Ask(&Listings::SetQuantityOwner, name);
  EXPECT_EQ(disabled.reason(), "LISTING_SENDS_NOTHING");
  EXPECT_THAT(disabled.status.error_message(), HasSubstr("the channel is disabled"));
  for (const char* channel : {"amz-de", "amz-gb"})
    ASSERT_TRUE(world.Ask(&Channels::EnableChannel, std::string("name: 'channels/") + channel + "'").ok());
  const auto owned = world.Ask(&Listings::SetQuantityOwner, name);
  ASSERT_TRUE(owned.ok()) << owned;
  EXPECT_EQ(owned->listing().quantity_owner(), "channels/amz-gb");
  const api::Listing seen = world.Get("A");
  EXPECT_EQ(seen.quantity_owner(), "channels/amz-gb");
  ASSERT_EQ(seen.dissents_size(), 1);
  EXPECT_EQ(seen.dissents(0).channel(), "channels/amz-de");
  EXPECT_EQ(seen.dissents(0).quantity(), 5);
}

TEST(MappingActionsTest, ForceUpdate_MarksWhatIsLinked_OncePerRequest) {
  ScreenWorld world;
  EXPECT_EQ(world.Ask(&Listings::ForceUpdate, "parent: 'channels/amz-de'").reason(), "LISTING_SENDS_NOTHING");
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  world.Write([](Tx& tx) {
    return tx.PutTarget({.account_id = "amz",
                         .sku = "A",
                         .owner_channel_id = "amz-de",
                         .state = TargetState::kCurrent,
                         .wanted = 5,
                         .accepted = 5,
                         .version = 1});
  });
  const auto forced = world.Ask(&Listings::ForceUpdate, "parent: 'channels/amz-de' request_id: 'f'");
  ASSERT_TRUE(forced.ok()) << forced;
  EXPECT_EQ(forced->listings(), 1);
  EXPECT_EQ(forced->next_page_token(), "");
  EXPECT_EQ(world.Get("A").quantity_state(), api::QUANTITY_STATE_DIRTY);
  EXPECT_THAT(world.EventTexts(), Contains("channel.quantities_forced channels/amz-de"));
  const int told = world.engine.targets_changed("amz");
  EXPECT_EQ(world.Ask(&Listings::ForceUpdate, "parent: 'channels/amz-de' request_id: 'f'")->listings(), 1);
  EXPECT_EQ(world.engine.targets_changed("amz"), told);
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget("amz", "A"));
    EXPECT_TRUE(target->accepted_stale);
    EXPECT_EQ(target->version, 2);
    return absl::OkStatus();
  });
}

TEST(MappingActionsTest, ClearLatency_IsForWhatWasSent_OrForWhatIsNamed) {
  ScreenWorld world;
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de'").reason(), "LISTING_SENDS_NOTHING");
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  world.Write([](Tx& tx) {
    return tx.PutTarget({.account_id = "amz",
                         .sku = "A",
                         .owner_channel_id = "amz-de",
                         .state = TargetState::kCurrent,
                         .wanted = 5,
                         .accepted = 5,
                         .version = 1,
                         .latency = 3});
  });
  EXPECT_EQ(world.Get("A").latency_accepted(), 3);
  EXPECT_THAT(world.Ask(&Channels::GetChannel, "name: 'channels/amz-de'")->channel().warnings(),
              Contains(HasSubstr("the marketplace keeps those that were")));
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de' validate_only: true")->listings(), 1);
  EXPECT_EQ(world.Get("A").quantity_state(), api::QUANTITY_STATE_CURRENT) << "nothing was changed";
  const auto cleared = world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de' request_id: 'c'");
  ASSERT_TRUE(cleared.ok()) << cleared;
  EXPECT_EQ(cleared->listings(), 1);
  EXPECT_FALSE(cleared->more());
  EXPECT_EQ(world.Get("A").quantity_state(), api::QUANTITY_STATE_DIRTY);
  EXPECT_THAT(world.EventTexts(), Contains("channel.latency_cleared channels/amz-de"));
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de' request_id: 'c'")->listings(), 1);
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de'")->listings(), 0) << "they are marked";
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de' skus: 'C'")->listings(), 1);
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget("amz", "C"));
    EXPECT_TRUE(target->clear_latency) << "also what somebody else set";
    return absl::OkStatus();
  });
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de' skus: 'NONE'").reason(), "LISTING_NOT_FOUND");
}

TEST(MappingActionsTest, ClearLatency_IsRefused_WhileTheChannelSendsOne) {
  ScreenWorld world;
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { default_latency_days: 2 } } "
                       "update_mask { paths: 'config.default_latency_days' }")
                  .ok());
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, "parent: 'channels/amz-de'").reason(), "LATENCY_IS_SENT");
}

TEST(MappingActionsTest, ADryRunOfAForce_SaysHowLongItTakes) {
  ScreenWorld world;
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  const auto unknown = world.Ask(&Listings::ForceUpdate, "parent: 'channels/amz-de' validate_only: true");
  ASSERT_TRUE(unknown.ok()) << unknown;
  EXPECT_EQ(unknown->listings(), 1);
  EXPECT_FALSE(unknown->has_expected_duration());
  auto* contract = world.catalog.plugin.manifest.add_contracts();
  contract->set_id("inventory_push/1");
  contract->set_item_operation("putQuantity");
  world.budgets.Declare("amz", "putQuantity", 5, 10);
  const auto told = world.Ask(&Listings::ForceUpdate, "parent: 'channels/amz-de' validate_only: true");
  ASSERT_TRUE(told->has_expected_duration()) << told;
  EXPECT_EQ(told->expected_duration().seconds(), 0);
  EXPECT_FALSE(told->by_document());
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget("amz", "A"));
    EXPECT_FALSE(target->accepted_stale) << "nothing was changed";
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace quayside
