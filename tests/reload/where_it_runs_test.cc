// In the process of the host, or in one of its own: what only one of them can do, and how a reload changes between
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "host/base/errors.h"
#include "tests/reload/reload_fixture.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

// What only a plugin in the host's own process can do.
class InProcess : public Reload {};
INSTANTIATE_TEST_SUITE_P(Modes, InProcess, ::testing::Values(IsolationMode::kInProcess),
                         [](const auto&) { return std::string("in_process"); });

TEST_P(InProcess, TooManyLeaks_RefuseAReload_NamingTheIsolatedMode) {
  ReloadWorld impatient({.max_leaked = 1, .prepare_patience_us = 100 * kMillisecondUs});
  impatient.Start();
  impatient.Touch("latch");
  impatient.Install("v1");
  impatient.AddShop("a", {{"latch", impatient.File("latch")}});
  impatient.Step("a");
  const auto hung = impatient.ReloadBundle("hangs_create");
  EXPECT_TRUE(HasReason(hung.status(), Reason::kPluginTimeout)) << hung.status();
  EXPECT_THAT(impatient.PluginEvents(),
              IsSupersetOf({"plugin.rejected 2.0.7", "plugin.wedged 2.0.7", "plugin.leaked 2.0.7"}));
  const auto refused = impatient.ReloadBundle("v1_next");
  EXPECT_TRUE(HasReason(refused.status(), Reason::kTooManyLeaks)) << refused.status();
  EXPECT_THAT(refused.status().message(), HasSubstr("isolated"));
  EXPECT_EQ(impatient.ActiveVersion(), "1.0.0");
  impatient.Step("a");
}

// What only a plugin in a process of its own can do.
class Isolated : public ::testing::Test {
 protected:
  Isolated() {
    world.Start();
    world.Install("v1");
    world.AddShop("a");
    world.Step("a");
  }
  // Until the version that aborts has done so too often. It works without a way back that the host's own watch over
  // new versions could take first.
  void LetItAbort() {
    world.Install("aborts");
    const auto report = world.catalog().Reload(
        {.plugin_id = ReloadWorld::kPlugin, .version = "2.0.4", .canary = {.skip = true}, .rollback_window_us = 0},
        nullptr);
    ASSERT_TRUE(report.ok()) << report.status();
    world.Until("the version before works again", [&] {
      world.MakeDue("a");
      return world.ActiveVersion() == "1.0.0";
    });
  }

  ReloadWorld world{{.isolation = IsolationMode::kIsolated, .restart = {.quarantine_crashes = 2}}};
};

TEST_F(Isolated, ARunnerThatEndsTooOften_FallsBackToTheVersionBefore_UntilItIsReleased) {
  LetItAbort();
  EXPECT_EQ(world.Version("2.0.4").standing, VersionStanding::kQuarantined);
  EXPECT_THAT(world.Version("2.0.4").why, HasSubstr("its runner ended 2 times"));
  world.Until("it is told", [&] {
    const std::vector<std::string> events = world.PluginEvents();
    return std::find(events.begin(), events.end(), "plugin.fell_back 1.0.0") != events.end();
  });
  EXPECT_THAT(world.PluginEvents(), Contains("plugin.quarantined 2.0.4"));
  absl::Status refused;
  world.Until("the way back is over", [&] {
    refused = world.Reload("2.0.4").status();
    return !HasReason(refused, Reason::kReloadUnderWay);
  });
  EXPECT_TRUE(HasReason(refused, Reason::kPluginQuarantined)) << refused;
  world.Restart();
  EXPECT_EQ(world.ActiveVersion(), "1.0.0");
  world.Until("the old version reads on", [&] {
    const int64_t orders = world.Orders("a");
    world.MakeDue("a");
    return world.Orders("a") > orders;
  });
  ASSERT_TRUE(world.catalog().Release(ReloadWorld::kPlugin, "2.0.4", {}).ok());
  EXPECT_FALSE(HasReason(world.Reload("2.0.4").status(), Reason::kPluginQuarantined));
}

// Where the code runs is the reload's to say, as far as the keys allow it.
class WhereItRuns : public ::testing::Test {
 protected:
  WhereItRuns() {
    world.Start();
    world.Install("v1");
    for (const char* shop : {"a", "b"}) world.AddShop(shop);
    for (const char* shop : {"a", "b"}) world.Step(shop, 3);
  }
  absl::StatusOr<ReloadReport> ReloadInto(std::optional<IsolationMode> isolation, int good_steps = 3) {
    return world.catalog().Reload({.plugin_id = ReloadWorld::kPlugin,
                                   .version = "1.0.0",
                                   .canary = {.good_steps = good_steps},
                                   .isolation = isolation},
                                  nullptr);
  }
  ReloadWorld world{{.isolation = std::nullopt}};
};

TEST_F(WhereItRuns, ChangesBothWays_WhileEveryLaneWorks) {
  EXPECT_EQ(world.Plugin().isolation, IsolationMode::kInProcess);
  for (const IsolationMode mode : {IsolationMode::kIsolated, IsolationMode::kInProcess, IsolationMode::kIsolated}) {
    std::atomic<bool> over{false};
    std::thread load([&] {
      while (!over) {
        for (const char* shop : {"a", "b"}) world.MakeDue(shop);
        std::this_thread::yield();
      }
    });
    // So many steps that one which a busy machine keeps waiting makes no average.
    const auto report = ReloadInto(mode, 20);
    over = true;
    load.join();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(world.Plugin().isolation, mode);
    for (const char* shop : {"a", "b"}) {
      const int64_t orders = world.Orders(shop);
      world.Step(shop, 2);
      EXPECT_GE(world.Orders(shop), orders + 2);
    }
  }
  // The last one stays, also after a restart, until a reload says otherwise.
  world.Restart();
  EXPECT_EQ(world.Plugin().isolation, IsolationMode::kIsolated);
  ASSERT_TRUE(ReloadInto(std::nullopt).ok());
  EXPECT_EQ(world.Plugin().isolation, IsolationMode::kInProcess);
}

TEST(WhereItMayNotRun, InProcess_IsRefused_AndTheOldOneWorksOn) {
  ReloadWorld world({.isolation = IsolationMode::kIsolated});
  world.Start();
  world.Install("v1");
  world.AddShop("a");
  const auto refused = world.catalog().Reload(
      {.plugin_id = ReloadWorld::kPlugin, .version = "1.0.0", .isolation = IsolationMode::kInProcess}, nullptr);
  EXPECT_TRUE(HasReason(refused.status(), Reason::kPluginRejected)) << refused.status();
  EXPECT_THAT(refused.status().message(), HasSubstr("may not run in process here"));
  world.Step("a");
}

}  // namespace
}  // namespace quayside
