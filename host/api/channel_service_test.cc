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

}  // namespace
}  // namespace quayside
