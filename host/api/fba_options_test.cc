// A channel's options about the marketplace's warehouse over the API, and what the warehouse holds.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/plugin/instance_config.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two channels whose marketplaces share their stock.
struct PoolWorld : ApiWorld {
  PoolWorld() {
    catalog.plugin.manifest.add_contracts()->set_id("fulfilment/1");
    for (auto& marketplace : *catalog.plugin.manifest.mutable_marketplaces()) {
      marketplace.set_stock_pool("eu");
      marketplace.clear_region();
    }
    MakeAccount();
    for (int i = 0; i < 2; ++i) MakeChannel(i == 0 ? "one" : "two", catalog.plugin.manifest.marketplaces(i).id());
  }
  Answer<api::UpdateChannelResponse> Set(const std::string& channel, const std::string& option, bool on) {
    return Ask(&Channels::UpdateChannel, "channel { name: 'channels/" + channel + "' config { " + option + ": " +
                                             (on ? "true" : "false") + " } } update_mask { paths: 'config." + option +
                                             "' }");
  }
  std::vector<api::Location> Centres() {
    std::vector<api::Location> centres;
    const auto all = Ask(&Inventory::ListLocations, "");
    for (const api::Location& location : all->locations()) {
      if (location.fulfilment_centre()) centres.push_back(location);
    }
    return centres;
  }
};

TEST(FbaOptionsTest, TurningItOn_MakesTheLocation_AndReadsThePool) {
  PoolWorld world;
  EXPECT_THAT(world.Centres(), IsEmpty());
  const auto on = world.Set("one", "fba_enabled", true);
  ASSERT_TRUE(on.ok()) << on;
  EXPECT_TRUE(on->channel().config().fba_sync_inventory());
  ASSERT_THAT(world.Centres(), SizeIs(1));
  EXPECT_EQ(world.Centres()[0].name(), "locations/one-fba");
  EXPECT_EQ(world.Centres()[0].owner_channel(), "channels/one");
  const auto off = world.Set("one", "fba_enabled", false);
  ASSERT_TRUE(off.ok()) << off;
  EXPECT_FALSE(off->channel().config().fba_sync_inventory());
  EXPECT_TRUE(world.Centres()[0].inactive());
}

TEST(FbaOptionsTest, ThePlugin_IsToldWhereItIsOn) {
  PoolWorld world;
  const auto told = [&] {
    quayside::plugin::v1::InstanceConfig config;
    const absl::Status read = world.store().Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(config, ReadInstanceConfig(tx, world.catalog.plugin.manifest, "amz"));
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return std::vector<std::string>(config.fulfilment_marketplaces().begin(), config.fulfilment_marketplaces().end());
  };
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_TRUE(world.Set("two", "fba_enabled", true).ok());
  EXPECT_THAT(told(), ElementsAre(world.catalog.plugin.manifest.marketplaces(1).id()));
  EXPECT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/one'").ok());
  EXPECT_THAT(told(), IsEmpty()) << "its channel is not enabled, another one is";
}

TEST(FbaOptionsTest, ASecondReaderOfThePool_IsRefused) {
  PoolWorld world;
  ASSERT_TRUE(world.Set("one", "fba_enabled", true).ok());
  const auto second = world.Set("two", "fba_enabled", true);
  ASSERT_TRUE(second.ok()) << second;
  EXPECT_FALSE(second->channel().config().fba_sync_inventory());
  const auto refused = world.Set("two", "fba_sync_inventory", true);
  EXPECT_EQ(refused.reason(), "INVALID_CONFIGURATION");
  EXPECT_THAT(refused.fields(), ElementsAre("channel.config.fba_sync_inventory"));
  ASSERT_TRUE(world.Set("one", "fba_sync_inventory", false).ok());
  EXPECT_TRUE(world.Set("two", "fba_sync_inventory", true).ok());
}

TEST(FbaOptionsTest, ASaveOfSomethingElse_LeavesThemAlone) {
  PoolWorld world;
  ASSERT_TRUE(world.Set("one", "fba_enabled", true).ok());
  ASSERT_TRUE(world.Set("one", "fba_sync_inventory", false).ok());
  const auto other = world.Set("one", "mark_as_despatched", false);
  ASSERT_TRUE(other.ok()) << other;
  EXPECT_TRUE(other->channel().config().fba_enabled());
  EXPECT_FALSE(other->channel().config().fba_sync_inventory());
}

TEST(FbaOptionsTest, WithoutAPluginThatShips_ItIsRefused) {
  PoolWorld world;
  world.catalog.plugin.manifest.clear_contracts();
  EXPECT_THAT(world.Set("one", "fba_enabled", true).fields(), ElementsAre("channel.config.fba_enabled"));
  EXPECT_THAT(world.Centres(), IsEmpty());
}

TEST(CentreStockTest, IsListedBySku_OfALocationThatIsThere) {
  PoolWorld world;
  ASSERT_TRUE(world.Set("one", "fba_enabled", true).ok());
  world.Write([](Tx& tx) -> absl::Status {
    for (const char* sku : {"B", "A"}) {
      QS_RETURN_IF_ERROR(
          tx.PutCentreStock({.location_id = "one-fba", .sku = sku, .fulfillable = 4, .inbound = 2, .seen_us = 5}));
    }
    return absl::OkStatus();
  });
  const auto first = world.Ask(&Inventory::ListCentreStock, "parent: 'locations/one-fba' page_size: 1");
  ASSERT_TRUE(first.ok()) << first;
  ASSERT_THAT(first->centre_stock(), SizeIs(1));
  EXPECT_EQ(first->centre_stock(0).sku(), "A");
  EXPECT_EQ(first->centre_stock(0).inbound(), 2);
  const auto second = world.Ask(&Inventory::ListCentreStock, "parent: 'locations/one-fba' page_size: 1 page_token: '" +
                                                                 first->next_page_token() + "'");
  EXPECT_EQ(second->centre_stock(0).sku(), "B");
  const auto turned = world.Ask(&Inventory::ListCentreStock, "parent: 'locations/one-fba' order_by: 'sku desc'");
  ASSERT_THAT(turned->centre_stock(), SizeIs(2));
  EXPECT_EQ(turned->centre_stock(0).sku(), "B");
  EXPECT_THAT(
      world.Ask(&Inventory::ListCentreStock, "parent: 'locations/one-fba' filter { sku_prefix: 'B' }")->centre_stock(),
      SizeIs(1));
  EXPECT_EQ(world.Ask(&Inventory::ListCentreStock, "parent: 'locations/none'").reason(), "LOCATION_NOT_FOUND");
}

}  // namespace
}  // namespace quayside
