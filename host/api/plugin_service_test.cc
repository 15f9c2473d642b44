// PluginService: what is shown of a plugin, looked at in a bundle and installed.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

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
