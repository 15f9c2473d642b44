// What becomes of the old generation: its steps under way, its time as a warm one, its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "host/base/errors.h"
#include "host/plugin/library.h"
#include "tests/reload/reload_fixture.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

TEST_P(Reload, AStepThatRunsAtTheFlip_EndsOnTheOldGeneration) {
  TwoShops({{"hold", world.File("hold")}});
  world.Touch("hold");
  const int64_t orders = world.Orders("b");
  world.MakeDue("b");
  const auto inside = [&](int64_t generation) {
    for (const GenerationStatus& each : world.Plugin().generations) {
      if (each.number == generation) return each.steps_in_flight;
    }
    return 0;
  };
  world.Until("a step is inside", [&] { return inside(first_) == 1; });
  auto reloading = std::async(std::launch::async, [&] { return world.ReloadBundle("v1_next", {.skip = true}); });
  world.UntilState(first_, "DRAINING");
  // Shown a moment later than the old one's state.
  world.Until("the other one is active", [&] { return world.ActiveVersion() == "1.0.1"; });
  EXPECT_EQ(inside(first_), 1) << "the step goes on";
  world.Remove("hold");
  ASSERT_TRUE(reloading.get().ok());
  EXPECT_EQ(world.StateOf(first_), "WARM");
  EXPECT_EQ(world.Orders("b"), orders + 1) << "its commit counts";
}

TEST_P(Reload, TheOldOne_IsUnloaded_WhenItsWindowIsOver) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  world.clock().Advance(5 * kMinuteUs + kSecondUs);
  world.UntilState(first_, "UNLOADED");
  world.Until("it is told", [&] {
    const std::vector<std::string> events = world.PluginEvents();
    return std::find(events.begin(), events.end(), "plugin.unloaded 1.0.0") != events.end();
  });
  EXPECT_FALSE(IsMapped(world.File("loaded/counter." + std::to_string(first_) + ".so")));
}

TEST_P(Reload, ANewerOneEndsTheWarmOnesTime) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  ASSERT_TRUE(world.Reload("1.0.0").ok());
  world.UntilState(first_, "UNLOADED");
  EXPECT_EQ(world.StateOf(first_ + 1), "WARM");
  EXPECT_EQ(world.StateOf(first_ + 2), "ACTIVE");
}

TEST_P(Reload, AnUnloadedPlugin_StaysOut_UntilItIsReloaded) {
  TwoShops();
  const auto in_use = world.catalog().Unload(ReloadWorld::kPlugin, 0, "local");
  EXPECT_TRUE(HasReason(in_use.status(), Reason::kPluginInUse)) << in_use.status();
  EXPECT_THAT(in_use.status().message(), HasSubstr("channel a-main of account a is enabled"));
  ExpectUntouched();
  for (const char* shop : {"a", "b"}) {
    world.store().Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel(std::string(shop) + "-main"));
      channel.enabled = false;
      return tx.PutChannel(channel, "test");
    });
    world.engine().AccountChanged(shop);
  }
  ASSERT_TRUE(world.catalog().Unload(ReloadWorld::kPlugin, 0, "local").ok());
  EXPECT_EQ(world.StateOf(first_), "UNLOADED");
  EXPECT_EQ(world.ActiveGeneration(), 0);
  world.Restart();
  EXPECT_EQ(world.ActiveGeneration(), 0);
  const auto report = world.Reload("1.0.0");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_NE(world.ActiveGeneration(), 0);
}

}  // namespace
}  // namespace quayside
