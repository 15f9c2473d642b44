#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(ChannelServiceTest, StartsDisabledWithDefaults) {
  ApiWorld world;
  world.MakeAccount();
  const auto created =
      world.Ask(&Channels::CreateChannel, "channel { account: 'accounts/amz' marketplace: 'A1PA6795UKMFR9' }");
  ASSERT_TRUE(created.ok()) << created;
  const api::Channel& channel = created->channel();
  EXPECT_EQ(channel.name(), "channels/amz-de");
  EXPECT_EQ(channel.display_name(), "Germany");
  EXPECT_FALSE(channel.enabled());
  EXPECT_EQ(channel.config_revision(), 1);
  EXPECT_TRUE(channel.config().update_inventory());
  EXPECT_EQ(channel.config().order_download_location(), "locations/default");
  EXPECT_FALSE(channel.config().has_max_listed_quantity());
  EXPECT_EQ(channel.config().end_when_quantity(), 0);
  EXPECT_EQ(world.engine.accounts_changed("amz"), 2);
  EXPECT_THAT(world.EventTexts(), Contains("channel.created channels/amz-de"));
}

TEST(ChannelServiceTest, RefusesMarketplacesThePluginDoesNotHave) {
  ApiWorld world;
  world.MakeAccount();
  const auto refused =
      world.Ask(&Channels::CreateChannel, "channel { account: 'accounts/amz' marketplace: 'ATVPDKIKX0DER' }");
  EXPECT_EQ(refused.reason(), "INVALID_CONFIGURATION");
  EXPECT_THAT(refused.fields(), ElementsAre("channel.marketplace"));
  EXPECT_THAT(refused.status.error_message(), HasSubstr("A1PA6795UKMFR9 (Germany), A1F83G8C2ARO7P (United Kingdom)"));
  EXPECT_EQ(world.Ask(&Channels::CreateChannel, "channel { account: 'accounts/no' marketplace: 'A' }").reason(),
            "ACCOUNT_NOT_FOUND");
}

TEST(ChannelServiceTest, OneChannelPerMarketplaceOfAnAccount) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto second =
      world.Ask(&Channels::CreateChannel, "channel { account: 'accounts/amz' marketplace: 'A1PA6795UKMFR9' }");
  EXPECT_EQ(second.reason(), "CHANNEL_EXISTS");
  EXPECT_THAT(second.status.error_message(), HasSubstr("channels/amz-de"));
  const auto same_id =
      world.Ask(&Channels::CreateChannel,
                "channel_id: 'amz-de' channel { account: 'accounts/amz' marketplace: 'A1F83G8C2ARO7P' }");
  EXPECT_EQ(same_id.reason(), "CHANNEL_EXISTS");
  EXPECT_EQ(same_id.code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST(ChannelServiceTest, NamesEveryConfigurationViolationAtOnce) {
  ApiWorld world;
  world.MakeAccount();
  const auto refused = world.Ask(&Channels::CreateChannel, R"(channel_id: "Bad" channel {
      account: "accounts/amz" marketplace: "nowhere" config {
        inventory_locations: "locations/default" inventory_locations: "locations/moon" inventory_locations: "default"
        inventory_locations: "locations/default" order_download_location: "locations/mars" max_listed_quantity: -1
        listed_percentage_e4: 1000001 end_when_quantity: -2 default_latency_days: 31
        zero_brake_percent: 101 } })");
  EXPECT_EQ(refused.reason(), "INVALID_CONFIGURATION");
  EXPECT_THAT(refused.fields(),
              UnorderedElementsAre("channel_id", "channel.marketplace", "channel.config.inventory_locations[1]",
                                   "channel.config.inventory_locations[2]", "channel.config.inventory_locations[3]",
                                   "channel.config.order_download_location", "channel.config.max_listed_quantity",
                                   "channel.config.listed_percentage_e4", "channel.config.end_when_quantity",
                                   "channel.config.default_latency_days", "channel.config.zero_brake_percent"));
}

TEST(ChannelServiceTest, UpdateOfSingleOptionsLeavesTheOthers) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel, R"(channel { name: "channels/amz-de" config {
      max_listed_quantity: 9 default_latency_days: 3 } } update_mask { paths: "config" })")
                  .ok());
  const auto updated =
      world.Ask(&Channels::UpdateChannel, R"(channel { name: "channels/amz-de" display_name: "ignored" etag: "2"
      config { end_when_quantity: 2 } }
      update_mask { paths: "config.end_when_quantity" paths: "config.default_latency_days" })");
  ASSERT_TRUE(updated.ok()) << updated;
  EXPECT_EQ(updated->channel().config().max_listed_quantity(), 9);
  EXPECT_EQ(updated->channel().config().zero_brake_percent(), 20) << "unless somebody chose";
  EXPECT_EQ(updated->channel().config().end_when_quantity(), 2);
  EXPECT_FALSE(updated->channel().config().has_default_latency_days());
  EXPECT_EQ(updated->channel().display_name(), "Germany");
  EXPECT_EQ(updated->channel().config_revision(), 3);
  EXPECT_EQ(updated->channel().etag(), "3");

  EXPECT_EQ(world.Ask(&Channels::UpdateChannel, "channel { name: 'channels/amz-de' etag: '1' }").reason(),
            "ETAG_MISMATCH");
  EXPECT_THAT(
      world.Ask(&Channels::UpdateChannel, "channel { name: 'channels/amz-de' } update_mask { paths: 'enabled' }")
          .fields(),
      ElementsAre("update_mask"));
}

TEST(ChannelServiceTest, UpdateThatChangesNothingIsNoRevision) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const size_t events = world.EventTexts().size();
  const auto same = world.Ask(&Channels::UpdateChannel, "channel { name: 'channels/amz-de' display_name: 'Germany' }");
  ASSERT_TRUE(same.ok()) << same;
  EXPECT_EQ(same->channel().config_revision(), 1);
  EXPECT_EQ(same->channel().etag(), "1");
  EXPECT_EQ(world.EventTexts().size(), events);
}

// A catalogue may have a million listings: which quantities follow from a rule is the index's to find.
TEST(ChannelServiceTest, ConfigurationAndEnabling_TellTheEngine_AndMarkNoTarget) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  world.Write([](Tx& tx) { return tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = "A"}); });
  const auto enabled = world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'");
  ASSERT_TRUE(enabled.ok()) << enabled;
  EXPECT_TRUE(enabled->channel().enabled());
  EXPECT_EQ(world.engine.targets_changed("amz"), 1);

  // Enabled already: nothing happens.
  const auto again = world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'");
  EXPECT_EQ(again->channel().etag(), enabled->channel().etag());
  EXPECT_EQ(world.engine.targets_changed("amz"), 1);

  ASSERT_TRUE(
      world
          .Ask(&Channels::UpdateChannel, R"(channel { name: "channels/amz-de" config { max_listed_quantity: 1 } }
      update_mask { paths: "config.max_listed_quantity" })")
          .ok());
  EXPECT_EQ(world.engine.targets_changed("amz"), 2);

  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/amz-de'").ok());
  EXPECT_EQ(world.engine.targets_changed("amz"), 3);
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget("amz", "A"));
    EXPECT_FALSE(target.has_value());
    return absl::OkStatus();
  });
  EXPECT_THAT(world.EventTexts(), ElementsAre("account.created accounts/amz", "channel.created channels/amz-de",
                                              "channel.enabled channels/amz-de", "channel.updated channels/amz-de",
                                              "channel.disabled channels/amz-de"));
}

// Two channels of an account whose orders were read while only the first was enabled.
struct SecondChannelWorld : ApiWorld {
  SecondChannelWorld() {
    MakeAccount();
    MakeChannel("uk", "A1F83G8C2ARO7P");
    EXPECT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/uk'").ok());
    MakeChannel("de");
    Write([&](Tx& tx) -> absl::Status {
      LaneRecord lane{.id = "amz.orders", .account_id = "amz", .job = Job::kOrders};
      lane.cursor = {.schema = 1, .state = "here", .watermark_us = clock.Now()};
      lane.backfill = {.start_us = clock.Now() - 7 * kDayUs, .begun_us = 5, .done_us = 6};
      return tx.CommitLane({lane, {}});
    });
  }
  LaneRecord Orders() {
    std::optional<LaneRecord> lane;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(lane, tx.FindLane("amz.orders"));
      return absl::OkStatus();
    });
    return lane.value_or(LaneRecord{});
  }
};

TEST(ChannelServiceTest, AChannelEnabledBesideAnother_RestartsTheOrdersOfTheAccount) {
  SecondChannelWorld world;
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/de' validate_only: true").ok());
  EXPECT_EQ(world.Orders().cursor.state, "here");
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/de'").ok());
  const LaneRecord lane = world.Orders();
  EXPECT_EQ(lane.cursor, CursorRecord{}) << "its recent orders were never asked for";
  EXPECT_EQ(lane.backfill.start_us, world.clock.Now() - 7 * kDayUs);
  EXPECT_EQ(lane.backfill.edits, 1);
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 1);
  EXPECT_THAT(world.EventTexts(), Contains("lane.restarted lanes/amz.orders"));
  // Nor were those of one that was off for a while.
  world.Write([&](Tx& tx) { return tx.RestoreCursor("amz.orders", {1, "further", world.clock.Now()}); });
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/de'").ok());
  EXPECT_EQ(world.Orders().cursor.state, "further") << "what stays on was read";
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/de'").ok());
  EXPECT_EQ(world.Orders().cursor, CursorRecord{});
}

TEST(ChannelServiceTest, TheOnlyChannelOfAnAccount_GoesOnWhereItsOrdersWere) {
  SecondChannelWorld world;
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/de'").ok());
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/uk'").ok());
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/uk'").ok());
  EXPECT_EQ(world.Orders().cursor.state, "here");
}

TEST(ChannelServiceTest, AnotherChannelInThePlaceOfTheOnlyOne_BeginsAnew) {
  SecondChannelWorld world;
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/uk'").ok());
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/uk'").ok());
  EXPECT_EQ(world.Orders().cursor, CursorRecord{});
}

TEST(ChannelServiceTest, OrdersThatAPersonSkipped_StaySkipped_WhenAChannelIsEnabled) {
  SecondChannelWorld world;
  const TimeUs skipped_to = world.clock.Now() - kDayUs;
  world.Write([&](Tx& tx) -> absl::Status {
    LaneRecord lane = *tx.FindLane("amz.orders").value();
    lane.backfill = {.start_us = skipped_to, .edits = 3};
    return tx.PutLaneControl(lane);
  });
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/de'").ok());
  EXPECT_EQ(world.Orders().cursor, CursorRecord{});
  EXPECT_EQ(world.Orders().backfill, (BackfillRecord{.start_us = skipped_to, .edits = 4}));
}

TEST(ChannelServiceTest, DeleteNeedsADisabledChannelWithKnownOutcomes) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  const auto enabled = world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'");
  EXPECT_EQ(enabled.reason(), "CHANNEL_ENABLED");
  EXPECT_EQ(enabled.code(), grpc::StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/amz-de'").ok());

  IntentRecord intent{.id = world.ids().Next(), .account_id = "amz", .target = "A", .state = IntentState::kSent};
  world.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "amz", .sku = "A", .owner_channel_id = "amz-de"}));
    return tx.PutIntent(intent);
  });
  EXPECT_EQ(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").reason(), "OUTCOMES_UNKNOWN");
  intent.state = IntentState::kDone;
  intent.settled_us = 1;
  world.Write([&](Tx& tx) { return tx.PutIntent(intent); });
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de' request_id: 'd'").ok());
  EXPECT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de' request_id: 'd'").ok());
  EXPECT_EQ(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").reason(), "CHANNEL_NOT_FOUND");
}

TEST(ChannelServiceTest, ShowsItsLanesWithOneQuestionPerPage) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel("amz-de", "A1PA6795UKMFR9");
  world.MakeChannel("amz-gb", "A1F83G8C2ARO7P");
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world.engine.AddLane("amz.amz-de.listings", "amz", "amz-de", Job::kListings);
  world.engine.AddLane("amz.amz-gb.listings", "amz", "amz-gb", Job::kListings);
  world.MakeAccount("bay");
  world.MakeChannel("bay-de", "A1PA6795UKMFR9", "bay");
  world.engine.AddLane("bay.inventory", "bay", "", Job::kInventory);
  const auto listed = world.Ask(&Channels::ListChannels, "");
  ASSERT_EQ(listed->channels_size(), 3);
  EXPECT_EQ(world.engine.looks_at_lanes, 1);
  const auto lanes_of = [&](int channel) {
    std::vector<std::string> names;
    for (const auto& lane : listed->channels(channel).lanes()) names.push_back(lane.lane());
    return names;
  };
  EXPECT_THAT(lanes_of(0), ElementsAre("lanes/amz.orders", "lanes/amz.amz-de.listings"));
  EXPECT_THAT(lanes_of(1), ElementsAre("lanes/amz.orders", "lanes/amz.amz-gb.listings"));
  EXPECT_THAT(lanes_of(2), ElementsAre("lanes/bay.inventory"));
  EXPECT_EQ(listed->channels(0).lanes(0).state(), "IDLE");
  EXPECT_EQ(listed->channels(0).lanes(0).job(), "orders");
  EXPECT_EQ(world.Ask(&Channels::GetChannel, "name: 'channels/amz-gb'")->channel().lanes_size(), 2);
  EXPECT_EQ(world.Ask(&Channels::ListChannels, "account: 'accounts/other'")->channels_size(), 0);
}

TEST(ChannelServiceTest, NewOptions_HaveTheirDefaultsAndBounds) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto config = [&] { return world.Ask(&Channels::GetChannel, "name: 'channels/amz-de'")->channel().config(); };
  EXPECT_EQ(config().utc_offset_minutes(), 60);
  EXPECT_EQ(config().undisclosed_email(), "");
  EXPECT_FALSE(config().inventory_from_location());
  const auto change = [&](const std::string& text, const std::string& paths) {
    return world.Ask(&Channels::UpdateChannel,
                     "channel { name: 'channels/amz-de' config { " + text + " } } update_mask { " + paths + " }");
  };
  for (const char* minutes : {"-721", "841", "10"}) {
    EXPECT_THAT(change(std::string("utc_offset_minutes: ") + minutes, "paths: 'config.utc_offset_minutes'").fields(),
                Contains("channel.config.utc_offset_minutes"))
        << minutes;
  }
  for (const char* minutes : {"-720", "840", "345", "0"}) {
    EXPECT_TRUE(change(std::string("utc_offset_minutes: ") + minutes, "paths: 'config.utc_offset_minutes'").ok());
  }
  for (const char* email : {"nobody", "@x", "x@", "a b@c", "a@b@c"}) {
    EXPECT_THAT(change(std::string("undisclosed_email: '") + email + "'", "paths: 'config.undisclosed_email'").fields(),
                ElementsAre("channel.config.undisclosed_email"))
        << email;
  }
  EXPECT_TRUE(change("undisclosed_email: 'none@shop.example'", "paths: 'config.undisclosed_email'").ok());
}

TEST(ChannelServiceTest, CountingChosenLocations_NeedsOne_AndFollowsTheirNaming) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  world.Write([](Tx& tx) { return tx.PutLocation({.id = "shed"}); });
  const auto change = [&](const std::string& text, const std::string& paths) {
    return world.Ask(&Channels::UpdateChannel,
                     "channel { name: 'channels/amz-de' config { " + text + " } } update_mask { " + paths + " }");
  };
  EXPECT_THAT(change("inventory_from_location: true", "paths: 'config.inventory_from_location'").fields(),
              ElementsAre("channel.config.inventory_from_location"));
  const auto named = change("inventory_locations: 'locations/shed'", "paths: 'config.inventory_locations'");
  ASSERT_TRUE(named.ok()) << named;
  EXPECT_TRUE(named->channel().config().inventory_from_location());
  const auto off = change("inventory_from_location: false", "paths: 'config.inventory_from_location'");
  ASSERT_TRUE(off.ok()) << off;
  EXPECT_EQ(off->channel().config().inventory_locations_size(), 1) << "kept for when it is on again";
  EXPECT_TRUE(change("inventory_from_location: true", "paths: 'config.inventory_from_location'").ok());
  EXPECT_THAT(world.Ask(&Channels::GetChannel, "name: 'channels/amz-de'")->channel().warnings(),
              ElementsAre(HasSubstr("orders reserve at default")));
  const auto none = change("", "paths: 'config.inventory_locations'");
  ASSERT_TRUE(none.ok()) << none;
  EXPECT_FALSE(none->channel().config().inventory_from_location());
}

TEST(ChannelServiceTest, SaysWhosePluginItIs) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  EXPECT_EQ(world.Ask(&Channels::GetChannel, "name: 'channels/amz-de'")->channel().plugin(), "plugins/amazon");
  EXPECT_EQ(world.Ask(&Channels::ListChannels, "")->channels(0).plugin(), "plugins/amazon");
}

TEST(ChannelServiceTest, SaysWhenItLastSynced) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto channel = [&] { return world.Ask(&Channels::GetChannel, "name: 'channels/amz-de'")->channel(); };
  EXPECT_EQ(channel().last_order_sync_time().seconds(), -62'135'596'800);
  EXPECT_EQ(channel().last_inventory_sync_time().seconds(), 1'767'225'600 - 1'767'225'600 % 86'400 - 3 * 86'400);
  world.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutLaneControl(
        {.id = "amz.orders", .account_id = "amz", .job = Job::kOrders, .oldest_order_us = 7 * kSecondUs}));
    return tx.PutGate({.channel_id = "amz-de", .account_id = "amz", .sent_us = 9 * kSecondUs});
  });
  EXPECT_EQ(channel().last_order_sync_time().seconds(), 7);
  EXPECT_EQ(channel().last_inventory_sync_time().seconds(), 9);
  EXPECT_EQ(world.Ask(&Channels::ListChannels, "")->channels(0).last_inventory_sync_time().seconds(), 9);
}

TEST(ChannelServiceTest, AllThatIsWrong_IsToldAtOnce_EvenWhatKeepsTheRestFromBeingLookedAt) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const std::string rest =
      " marketplace: 'A' display_name: 'two\\nlines' config { max_listed_quantity: -1 } } channel_id: 'Bad' ";
  const auto without_account =
      world.Ask(&Channels::CreateChannel, "channel { account: 'amz'" + rest + "request_id: 'not graphic'");
  EXPECT_EQ(without_account.code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(without_account.fields(), UnorderedElementsAre("request_id", "channel_id", "channel.display_name",
                                                             "channel.config.max_listed_quantity", "channel.account"));
  EXPECT_THAT(
      world.Ask(&Channels::CreateChannel, "channel { account: 'accounts/amz'" + rest + "request_id: 'not graphic'")
          .fields(),
      UnorderedElementsAre("request_id", "channel_id", "channel.display_name", "channel.marketplace",
                           "channel.config.max_listed_quantity"));
  // Alone it keeps its reason.
  EXPECT_EQ(world.Ask(&Channels::CreateChannel, "channel { account: 'amz' marketplace: 'A' }").reason(),
            "INVALID_NAME");
  const auto update = [&](const std::string& name, const std::string& more) {
    return world.Ask(&Channels::UpdateChannel,
                     "channel { name: '" + name +
                         "' display_name: 'two\\nlines' config { max_listed_quantity: -1 } } update_mask { paths: "
                         "'nonsense' paths: 'display_name' paths: 'config.max_listed_quantity' } " +
                         more);
  };
  EXPECT_THAT(
      update("channels/amz-de", "request_id: 'not graphic'").fields(),
      UnorderedElementsAre("request_id", "update_mask", "channel.display_name", "channel.config.max_listed_quantity"));
  EXPECT_THAT(update("channels/amz-de", "").fields(),
              UnorderedElementsAre("update_mask", "channel.display_name", "channel.config.max_listed_quantity"));
  EXPECT_THAT(update("amz-de", "request_id: 'not graphic'").fields(),
              UnorderedElementsAre("request_id", "update_mask", "channel.name"));
}

TEST(ChannelServiceTest, Revisions_SayWhoChangedWhat_AndOutliveTheChannel) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  for (const char* limit : {"9", "8"}) {
    ASSERT_TRUE(world
                    .Ask(&Channels::UpdateChannel,
                         std::string("channel { name: 'channels/amz-de' config { max_listed_quantity: ") + limit +
                             " } } update_mask { paths: 'config.max_listed_quantity' }")
                    .ok());
  }
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").ok());
  std::vector<std::string> lines;
  std::string token;
  do {
    const auto page = world.Ask(&Channels::ListChannelRevisions,
                                "parent: 'channels/amz-de' page_size: 1 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    ASSERT_EQ(page->revisions_size(), 1);
    const api::ChannelRevision& revision = page->revisions(0);
    EXPECT_EQ(revision.changed_by(), "local");
    EXPECT_TRUE(revision.has_change_time());
    if (revision.config_revision() > 1) {
      ASSERT_EQ(revision.changes_size(), 1);
      lines.push_back(revision.changes(0).option() + " " + revision.changes(0).before() + ">" +
                      revision.changes(0).after());
    } else {
      EXPECT_GT(revision.changes_size(), 3) << "what is set";
    }
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(lines, ElementsAre("max_listed_quantity 9>8", "max_listed_quantity >9"));
  EXPECT_EQ(world.Ask(&Channels::ListChannelRevisions, "parent: 'channels/no'").reason(), "CHANNEL_NOT_FOUND");
}

TEST(ChannelServiceTest, EveryChange_IsInTheAuditTrail_AndADryRunIsNot) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const std::string limit =
      "channel { name: 'channels/amz-de' display_name: 'DE' config { max_listed_quantity: 4 } } "
      "update_mask { paths: 'display_name' paths: 'config.max_listed_quantity' }";
  ASSERT_TRUE(world.Ask(&Channels::UpdateChannel, limit + " validate_only: true").ok());
  ASSERT_TRUE(world.Ask(&Channels::UpdateChannel, limit).ok());
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/amz-de'").ok());
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").ok());
  const auto audit = world.Ask(&Audits::ListAuditRecords, "resource: 'channels/amz-de'");
  std::vector<std::string> actions;
  for (const auto& record : audit->records()) {
    EXPECT_EQ(record.actor(), "local");
    EXPECT_EQ(record.outcome(), "ok");
    actions.push_back(record.action());
  }
  EXPECT_THAT(actions, ElementsAre("ChannelService.DeleteChannel", "ChannelService.DisableChannel",
                                   "ChannelService.EnableChannel", "ChannelService.EnableChannel",
                                   "ChannelService.UpdateChannel", "ChannelService.CreateChannel"));
  EXPECT_EQ(audit->records(4).details().at("max_listed_quantity"), "unset -> 4");
  EXPECT_EQ(audit->records(4).details().at("display_name"), "Germany -> DE");
}

}  // namespace
}  // namespace quayside
