// The canary of a reload: what it proves, and what takes it back. Real libraries, workers and a real store, as in
// reload_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "host/base/errors.h"
#include "tests/reload/reload_fixture.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

TEST_P(Reload, TakesOver_WhenTheCanaryDidWell) {
  TwoShops();
  const auto report = world.ReloadBundle("v1_next");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(States(*report), ElementsAre("1.0.1 LOADED", "1.0.1 PROBED", "1.0.1 CANARY", "1.0.1 ACTIVE",
                                           "1.0.0 DRAINING", "1.0.0 WARM"));
  EXPECT_THAT(report->canary_lanes, SizeIs(1));
  ASSERT_THAT(report->canary, SizeIs(1));
  EXPECT_GE(report->canary[0].new_steps.good, 3);
  EXPECT_EQ(report->canary[0].old_steps.good, 8);
  EXPECT_GT(report->prepare_us, 0);
  EXPECT_GT(report->flip_us, 0);

  EXPECT_EQ(world.ActiveVersion(), "1.0.1");
  EXPECT_EQ(world.StateOf(first_), "WARM");
  EXPECT_EQ(world.Version("1.0.1").standing, VersionStanding::kGood);
  world.Step("a");
  world.Step("b");
  EXPECT_GE(world.Orders("a") + world.Orders("b"), 8 + 3 + 2);
}

TEST_P(Reload, KeepsCursor_WhenTheCanaryBreaks) {
  TwoShops();
  const auto report = world.ReloadBundle("throws");
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("a step broke"));
  // Its lane is tried again at once, from where it was: no order is missing and none came twice (Orders).
  world.Until("the canary's lane goes on", [&] { return world.Orders("a") + world.Orders("b") > 8; });
  for (const char* shop : {"a", "b"}) {
    world.Rest(shop);
    EXPECT_EQ(world.Lane(shop).cursor.state, std::to_string(world.Orders(shop)));
  }
  EXPECT_EQ(world.Version("2.0.0").standing, VersionStanding::kRolledBack);
  EXPECT_THAT(world.PluginEvents(), IsSupersetOf({"plugin.rolled_back 2.0.0", "plugin.unloaded 2.0.0"}));
  for (const AuditRecord& row : world.Audit()) {
    if (row.action != "plugin.rolled_back") continue;
    EXPECT_EQ(row.outcome, "CANARY_FAILED");
    EXPECT_THAT(row.details.at("canary"), HasSubstr("order_sync/1: 0 good, 0 failed, 1 broken"));
    EXPECT_THAT(row.details.at("canary"), HasSubstr("before: 8 good, 0 failed, 0 broken, 1.0 items a step"));
  }
  ExpectUntouched();
}

TEST_P(Reload, TakesTheCanaryBack_WhenItFails_AndTheOldOneDoesNot) {
  TwoShops();
  const auto report = world.ReloadBundle("fails");
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("a step failed"));
  ExpectUntouched();
}

// Its lane must not be left to an operator for a fault of the version's.
TEST_P(Reload, TakesTheCanaryBack_WhenItIsNotLetIn_AndItsLanesGoOn) {
  TwoShops();
  const auto report = world.ReloadBundle("auth", {.lanes = {"a.orders"}});
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("a step failed"));
  world.Until("the lane works again by itself", [&] { return world.Orders("a") > 4; });
  ExpectUntouched();
}

TEST_P(Reload, TakesTheCanaryBack_WhenItBringsNothing) {
  TwoShops();
  auto reloading = std::async(std::launch::async, [&] { return world.ReloadBundle("empty", {.lanes = {"a.orders"}}); });
  world.Until("the canary is over", [&] {
    world.MakeDue("b");  // whose orders go on coming
    return reloading.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  const auto report = reloading.get();
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("brought nothing"));
  ExpectUntouched();
}

TEST_P(Reload, TakesTheCanaryBack_WhenItHangs) {
  world.Touch("latch");
  TwoShops({{"latch", world.File("latch")}});
  world.catalog().Install(ReloadWorld::Bundle("hangs"), {}).IgnoreError();
  auto reloading = std::async(std::launch::async, [&] { return world.Reload("2.0.3", {.patience_us = kHourUs}); });
  world.Until("a step hangs in the canary", [&] {
    for (const GenerationStatus& each : world.Plugin().generations) {
      if (each.version == "2.0.3" && each.state == "CANARY" && each.steps_in_flight > 0) return true;
    }
    return false;
  });
  // A step is late from when it runs: what is in flight may be about to.
  int looks = 0;
  world.Until("the canary is over", [&] {
    if (looks++ % 200 == 0) world.clock().Advance(ReloadWorld::kTooLongUs);
    return reloading.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  const auto report = reloading.get();
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("a step broke"));
  // In a runner a hang is killed; in process the thread stays, and the library with it.
  const bool leaks = GetParam() == IsolationMode::kInProcess;
  EXPECT_THAT(world.PluginEvents(), Contains(leaks ? "plugin.leaked 2.0.3" : "plugin.unloaded 2.0.3"));
  ExpectUntouched();
}

TEST_P(Reload, TheCanarysLanes_AreTheOperators) {
  TwoShops();
  world.Install("v1_next");
  const auto report = world.Reload("1.0.1", {.lanes = {"b.orders"}});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->canary_lanes, ElementsAre("b.orders"));
  EXPECT_GE(world.Orders("b"), 4 + 3);
  EXPECT_EQ(world.Orders("a"), 4);
  const auto refused = world.Reload("1.0.1", {.lanes = {"c.orders"}});
  EXPECT_THAT(refused.status().message(), HasSubstr("'c.orders' is no lane of this plugin"));
}

TEST_P(Reload, WithoutAnyStep_TheCanaryProvesNothing) {
  TwoShops({{"hold", world.File("hold")}});
  world.Install("v1_next");
  world.Touch("hold");
  auto reloading =
      std::async(std::launch::async, [&] { return world.Reload("1.0.1", {.patience_us = 10 * kSecondUs}); });
  world.Until("the canary is out", [&] { return world.StateOf(first_ + 1) == "CANARY"; });
  world.clock().Advance(11 * kSecondUs);
  world.Until("it is taken back", [&] { return world.StateOf(first_ + 1) != "CANARY"; });
  world.Remove("hold");
  const auto report = reloading.get();
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("only 0 of 3 steps ended well within 10 s"));
  ExpectUntouched();
}

// Its step may hang up to its deadline: that is no reason for anybody else to wait.
TEST_P(Reload, AFailedCanary_WhoseStepHangs_HoldsNobodyUp) {
  TwoShops({{"hold", world.File("hold")}});
  world.Install("v1_next");
  world.Touch("hold");
  auto failing = std::async(std::launch::async, [&] { return world.Reload("1.0.1", {.patience_us = 10 * kSecondUs}); });
  world.Until("a step hangs in the canary", [&] {
    for (const GenerationStatus& each : world.Plugin().generations) {
      if (each.state == "CANARY" && each.steps_in_flight > 0) return true;
    }
    return false;
  });
  world.clock().Advance(11 * kSecondUs);
  world.UntilState(first_ + 1, "ROLLED_BACK");
  absl::StatusOr<ReloadReport> meanwhile = absl::UnknownError("not asked");
  world.Until("the next reload may begin", [&] {
    meanwhile = world.Reload("1.0.0", {.skip = true});
    return !HasReason(meanwhile.status(), Reason::kReloadUnderWay);
  });
  EXPECT_TRUE(meanwhile.ok()) << meanwhile.status();
  EXPECT_EQ(world.StateOf(first_ + 1), "ROLLED_BACK") << "its step still hangs";
  world.Remove("hold");
  EXPECT_TRUE(HasReason(failing.get().status(), Reason::kCanaryFailed));
  EXPECT_EQ(world.StateOf(first_ + 1), "UNLOADED");
}

TEST_P(Reload, ACanaryThatUpgradedAPosition_LeavesOneTheOldVersionReads) {
  TwoShops();
  // Good five times, with positions of its own schema, then broken.
  const auto report = world.ReloadBundle("late_upgraded", {.good_steps = 50});
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  for (const char* shop : {"a", "b"}) EXPECT_EQ(world.Lane(shop).cursor.schema, 1U);
  EXPECT_EQ(world.ActiveGeneration(), first_);
  const int64_t orders = world.Orders("a") + world.Orders("b");
  world.Until("the old version reads on", [&] {
    world.MakeDue("a");
    world.MakeDue("b");
    return world.Orders("a") + world.Orders("b") > orders;
  });
}

}  // namespace
}  // namespace quayside
