// The whole way of a reload: real libraries, real workers, a real store. Where the code runs makes no difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/plugin/isolation_for_tests.h"
#include "host/plugin/library.h"
#include "tests/reload/reload_world.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;

class Reload : public ::testing::TestWithParam<IsolationMode> {
 protected:
  Reload() { world.Start(); }

  // Two shops that have worked a while with 1.0.0.
  void TwoShops(const std::map<std::string, std::string>& options = {}) {
    world.Install("v1");
    world.AddShop("a", options);
    world.AddShop("b", options);
    for (const char* shop : {"a", "b"}) world.Step(shop, 3);  // and the first one
    first_ = world.ActiveGeneration();
  }
  void SetChannelOptions(const std::map<std::string, std::string>& options) {
    world.store().Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("a-main"));
      channel.config.options = options;
      ++channel.config_revision;
      return tx.PutChannel(channel, "test");
    });
  }
  static std::vector<std::string> States(const ReloadReport& report) {
    std::vector<std::string> states;
    for (const GenerationTransition& each : report.transitions) {
      states.push_back(each.version + " " + std::string(StateName(each.to)));
    }
    return states;
  }
  // The old one works as if nothing had been: every lane goes on where it was.
  void ExpectUntouched() {
    EXPECT_EQ(world.ActiveVersion(), "1.0.0");
    EXPECT_EQ(world.ActiveGeneration(), first_);
    EXPECT_EQ(world.StateOf(first_), "ACTIVE");
    for (const char* shop : {"a", "b"}) {
      const int64_t before = world.Orders(shop);
      world.Step(shop, 2);
      EXPECT_GE(world.Orders(shop), before + 2);  // one more may have been due
    }
  }

  ReloadWorld world{{.isolation = GetParam()}};
  int64_t first_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Modes, Reload, InBothModes(), ModeName);

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

TEST_P(Reload, EveryTransition_IsAnEvent_AndAnAuditRow) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  const std::vector<std::string> expected = {"plugin.loaded 1.0.0",    "plugin.probed 1.0.0",    "plugin.active 1.0.0",
                                             "plugin.installed 1.0.0", "plugin.installed 1.0.1", "plugin.loaded 1.0.1",
                                             "plugin.probed 1.0.1",    "plugin.canary 1.0.1",    "plugin.active 1.0.1",
                                             "plugin.draining 1.0.0",  "plugin.warm 1.0.0"};
  EXPECT_EQ(world.PluginEvents(), expected);
  std::vector<std::string> audit;
  for (const AuditRecord& row : world.Audit()) {
    EXPECT_EQ(row.actor, "local");
    EXPECT_EQ(row.resource, "plugins/counter");
    audit.push_back(row.action + " " + row.details.at("version"));
  }
  EXPECT_EQ(audit, expected);
}

TEST_P(Reload, KeepsCursor_WhenTheCanaryBreaks) {
  TwoShops();
  const CursorRecord before[] = {world.Lane("a").cursor, world.Lane("b").cursor};
  const auto report = world.ReloadBundle("throws");
  EXPECT_TRUE(HasReason(report.status(), Reason::kCanaryFailed)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("a step broke"));
  EXPECT_EQ(world.Lane("a").cursor, before[0]);
  EXPECT_EQ(world.Lane("b").cursor, before[1]);
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

TEST_P(Reload, RefusesByName_WhenAnAccountLacksANewRequiredOption) {
  TwoShops();
  const auto report = world.ReloadBundle("wants_key");
  EXPECT_TRUE(HasReason(report.status(), Reason::kReloadRefused)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("accounts/a.options.key"));
  EXPECT_THAT(report.status().message(), HasSubstr("accounts/b.options.key"));
  EXPECT_THAT(world.PluginEvents(), IsSupersetOf({"plugin.rejected 2.0.9", "plugin.unloaded 2.0.9"}));
  EXPECT_THAT(world.PluginEvents(), Not(Contains("plugin.canary 2.0.9")));
  ExpectUntouched();
}

TEST_P(Reload, RefusesByName_WhenTheVersionDoesNotSayWhatBecameOfAnOption) {
  TwoShops({{"site", "north"}});
  const auto report = world.ReloadBundle("forgets_site");
  EXPECT_TRUE(HasReason(report.status(), Reason::kReloadRefused)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("accounts/a.options.site"));
  EXPECT_EQ(world.Account("a").options.at("site"), "north");
  ExpectUntouched();
}

TEST_P(Reload, RefusesByName_WhenTheVersionDoesNotSayWhatBecameOfAChannelsOption) {
  TwoShops();
  SetChannelOptions({{"site", "north"}, {"note", "mine"}});
  const auto report = world.ReloadBundle("forgets_site");
  EXPECT_TRUE(HasReason(report.status(), Reason::kReloadRefused)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("channels/a-main.options.site"));
  EXPECT_THAT(report.status().message(), Not(HasSubstr("options.note"))) << "no version speaks of it";
  ExpectUntouched();
  SetChannelOptions({{"note", "mine"}});
  EXPECT_TRUE(world.Reload("2.1.0").ok());
}

TEST_P(Reload, RefusesByName_WhenAnInstanceCannotBeMade) {
  TwoShops();
  const auto report = world.ReloadBundle("refuses_create");
  EXPECT_TRUE(HasReason(report.status(), Reason::kReloadRefused)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("accounts/a.options.site"));
  ExpectUntouched();
}

TEST_P(Reload, RefusesByName_WhenAPositionCannotBeTakenOver) {
  TwoShops();
  const auto report = world.ReloadBundle("refuses_upgrade");
  EXPECT_TRUE(HasReason(report.status(), Reason::kReloadRefused)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("lanes/a.orders.cursor"));
  EXPECT_THAT(report.status().message(), HasSubstr("its position has schema 1, version 2.0.8 writes 3"));
  ExpectUntouched();
}

TEST_P(Reload, MigratesOptions_UpgradesPositions_AndTheWayBackUndoesBoth) {
  TwoShops({{"site", "north"}, {"debug", "true"}});
  const auto report = world.ReloadBundle("v2");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->notes, IsSupersetOf({"account a: option site -> shop", "account a: option debug is dropped",
                                           "lane a.orders: position of schema 1 is upgraded"}));
  EXPECT_EQ(world.Account("a").options, (std::map<std::string, std::string>{{"shop", "north"}}));
  for (const char* shop : {"a", "b"}) {
    world.Step(shop, 3);
    EXPECT_EQ(world.Lane(shop).cursor.schema, 2U);
  }
  const int64_t orders = world.Orders("a");

  const auto back = world.Rollback();
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(world.ActiveVersion(), "1.0.0");
  EXPECT_EQ(world.ActiveGeneration(), first_);
  EXPECT_EQ(world.Account("a").options, (std::map<std::string, std::string>{{"site", "north"}, {"debug", "true"}}));
  EXPECT_EQ(world.Version("1.1.0").standing, VersionStanding::kRolledBack);
  // It begins again at the last position it can read; what it reads again is the same orders.
  world.UntilState(report->generation, "UNLOADED");
  EXPECT_EQ(world.Lane("a").cursor.schema, 1U);
  world.Until("the orders are read again", [&] {
    world.MakeDue("a");
    return world.Orders("a") > orders;
  });
  EXPECT_EQ(world.Lane("a").cursor.schema, 1U);
}

TEST_P(Reload, GoesBackByItself_WhenStepsBreakAfterTheFlip) {
  TwoShops();
  const auto report = world.ReloadBundle("late");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(world.ActiveVersion(), "2.0.1");
  world.Until("the host goes back", [&] {
    world.MakeDue("a");
    world.MakeDue("b");
    return world.ActiveVersion() == "1.0.0";
  });
  EXPECT_EQ(world.ActiveGeneration(), first_);
  EXPECT_EQ(world.Version("2.0.1").standing, VersionStanding::kRolledBack);
  EXPECT_THAT(world.Version("2.0.1").why, HasSubstr("steps broke since the flip"));
  world.UntilState(report->generation, "UNLOADED");
  const std::vector<AuditRecord> audit = world.Audit();
  EXPECT_THAT(audit, Contains(::testing::AllOf(::testing::Field(&AuditRecord::action, "plugin.rolled_back"),
                                               ::testing::Field(&AuditRecord::actor, "host"))));
  ExpectUntouched();
}

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

TEST_P(Reload, Rollback_WithoutAWarmOne_LoadsTheLastGoodVersion) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  ASSERT_TRUE(world.catalog().Unload(ReloadWorld::kPlugin, first_, "local").ok());
  EXPECT_EQ(world.StateOf(first_), "UNLOADED");
  const auto back = world.Rollback();
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(world.ActiveVersion(), "1.0.0");
  EXPECT_NE(world.ActiveGeneration(), first_);
  EXPECT_EQ(world.Version("1.0.1").standing, VersionStanding::kRolledBack);
}

TEST_P(Reload, Rollback_IsRefused_WhenNothingWorkedBefore) {
  TwoShops();
  EXPECT_TRUE(HasReason(world.Rollback().status(), Reason::kNothingToRollBackTo));
}

TEST_P(Reload, ADryRun_ChangesNothing) {
  TwoShops();
  world.Install("v2");
  const std::vector<std::string> events = world.PluginEvents();
  const auto report = world.catalog().Reload({.plugin_id = ReloadWorld::kPlugin, .validate_only = true}, nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->version, "1.1.0");
  EXPECT_THAT(report->notes, Contains("lane a.orders: position of schema 1 is upgraded"));
  EXPECT_EQ(world.PluginEvents(), events);
  EXPECT_THAT(world.Plugin().generations, SizeIs(1));
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

TEST_P(Reload, OneAtATime) {
  TwoShops({{"hold", world.File("hold")}});
  world.Install("v1_next");
  world.Touch("hold");
  auto first = std::async(std::launch::async, [&] { return world.Reload("1.0.1"); });
  world.Until("the canary is out", [&] { return world.StateOf(first_ + 1) == "CANARY"; });
  EXPECT_TRUE(HasReason(world.Reload("1.0.1").status(), Reason::kReloadUnderWay));
  EXPECT_TRUE(HasReason(world.Rollback().status(), Reason::kReloadUnderWay));
  EXPECT_TRUE(HasReason(world.catalog().Unload(ReloadWorld::kPlugin, 0, "local").status(), Reason::kReloadUnderWay));
  world.Remove("hold");
  EXPECT_TRUE(first.get().ok());
}

TEST_P(Reload, RefusesAnUnknownVersion_AndAnOutdatedLook) {
  TwoShops();
  const auto unknown = world.Reload("7.0.0");
  EXPECT_TRUE(HasReason(unknown.status(), Reason::kVersionNotFound));
  EXPECT_THAT(unknown.status().message(), HasSubstr("there are: 1.0.0"));
  const auto outdated =
      world.catalog().Reload({.plugin_id = ReloadWorld::kPlugin, .expected_generation = first_ + 5}, nullptr);
  EXPECT_TRUE(HasReason(outdated.status(), Reason::kEtagMismatch));
}

TEST_P(Reload, AnOlderVersion_NeedsToBeMeant) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  const auto refused = world.catalog().Reload({.plugin_id = ReloadWorld::kPlugin, .version = "1.0.0"}, nullptr);
  EXPECT_TRUE(HasReason(refused.status(), Reason::kPluginDowngrade)) << refused.status();
  EXPECT_EQ(world.ActiveVersion(), "1.0.1");
  AuditRecord row = world.Audit().back();
  EXPECT_EQ(row.action, "plugin.reload_refused");
  EXPECT_EQ(row.outcome, "PLUGIN_DOWNGRADE");
  EXPECT_EQ(row.details.at("version"), "1.0.0");
  EXPECT_TRUE(world.Reload("1.0.0").ok());
  EXPECT_THAT(world.PluginEvents(), Contains("plugin.downgraded 1.0.0"));
  for (const AuditRecord& each : world.Audit()) {
    if (each.action == "plugin.downgraded") row = each;
  }
  EXPECT_EQ(row.details.at("highest"), "1.0.1");
}

TEST_P(Reload, WhatIsRefused_LeavesAnAuditRow_WithItsReason) {
  TwoShops();
  EXPECT_FALSE(world.Reload("7.0.0").ok());
  EXPECT_FALSE(world.Rollback().ok());
  EXPECT_FALSE(world.catalog().Unload(ReloadWorld::kPlugin, 0, "local").ok());
  EXPECT_FALSE(world.ReloadBundle("wants_key").ok());
  std::vector<std::string> refused;
  for (const AuditRecord& row : world.Audit()) {
    if (row.outcome != "ok") refused.push_back(row.action + " " + row.outcome);
  }
  EXPECT_THAT(refused,
              ElementsAre("plugin.reload_refused VERSION_NOT_FOUND", "plugin.rollback_refused NOTHING_TO_ROLL_BACK_TO",
                          "plugin.unload_refused PLUGIN_IN_USE", "plugin.rejected RELOAD_REFUSED"));
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

TEST_P(Reload, RefusesByName_WhenAChannelsMarketplaceIsGone) {
  TwoShops();
  const auto report = world.ReloadBundle("moves_market");
  EXPECT_TRUE(HasReason(report.status(), Reason::kReloadRefused)) << report.status();
  EXPECT_THAT(report.status().message(), HasSubstr("channels/a-main.marketplace"));
  EXPECT_THAT(report.status().message(), HasSubstr("channels/b-main.marketplace"));
  ExpectUntouched();
}

TEST_P(Reload, RefusesByName_WhenANewSecretIsMissing) {
  TwoShops();
  world.store().Write([](Tx& tx) { return tx.PutSecret("b", "token", "sealed"); });
  const auto refused = world.ReloadBundle("wants_secret");
  EXPECT_TRUE(HasReason(refused.status(), Reason::kReloadRefused)) << refused.status();
  EXPECT_THAT(refused.status().message(), HasSubstr("accounts/a.secrets.token"));
  EXPECT_THAT(refused.status().message(), Not(HasSubstr("accounts/b.secrets.token")));
  world.store().Write([](Tx& tx) { return tx.PutSecret("a", "token", "sealed"); });
  const auto report = world.Reload("2.1.3");
  EXPECT_TRUE(report.ok()) << report.status();
}

TEST_P(Reload, AChannelsOptions_FollowTheVersion_AndComeBackWithIt) {
  TwoShops();
  const std::map<std::string, std::string> before = {{"site", "north"}, {"debug", "true"}, {"note", "mine"}};
  const auto options = [&] {
    return world.store().Read([](ReadTx& tx) { return tx.GetChannel("a-main"); }).config.options;
  };
  SetChannelOptions(before);
  const auto report = world.ReloadBundle("v2");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->notes,
              IsSupersetOf({"channel a-main: option site -> shop", "channel a-main: option debug is dropped"}));
  EXPECT_EQ(options(), (std::map<std::string, std::string>{{"shop", "north"}, {"note", "mine"}}));
  ASSERT_TRUE(world.Rollback().ok());
  EXPECT_EQ(options(), before);
}

// However many accounts there are: the plugin is asked about each, and the flip writes those that change.
TEST_P(Reload, ThousandsOfAccounts_AreAskedAbout_AndOnlyThoseThatChangeAreWritten) {
  TwoShops();
  constexpr int kAccounts = 2000;
  world.store().Write([](Tx& tx) -> absl::Status {
    for (int n = 0; n < kAccounts; ++n) {
      AccountRecord account{.id = "more-" + std::to_string(n), .plugin_id = ReloadWorld::kPlugin, .revision = 1};
      if (n % 1000 == 0) account.options["site"] = "north";
      QS_RETURN_IF_ERROR(tx.PutAccount(account));
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = "other-" + std::to_string(n), .plugin_id = "another", .revision = 1}));
    }
    return absl::OkStatus();
  });
  const auto report = world.ReloadBundle("v2", {.skip = true});
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> written;
  for (const EventRecord& event : world.store().Read(
           [](ReadTx& tx) { return tx.ListEvents({.type_prefixes = {"account.updated"}, .limit = 100'000}); })) {
    written.push_back(event.resource);
  }
  EXPECT_THAT(written, ::testing::UnorderedElementsAre("accounts/more-0", "accounts/more-1000"));
  EXPECT_EQ(world.Account("more-1000").options, (std::map<std::string, std::string>{{"shop", "north"}}));
}

TEST_P(Reload, TheSameVersionAgain_IsAFreshCopy) {
  TwoShops();
  const auto report = world.Reload("1.0.0");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_NE(world.ActiveGeneration(), first_);
  EXPECT_EQ(world.StateOf(first_), "WARM");
}

TEST_P(Reload, ANewerOneEndsTheWarmOnesTime) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  ASSERT_TRUE(world.Reload("1.0.0").ok());
  world.UntilState(first_, "UNLOADED");
  EXPECT_EQ(world.StateOf(first_ + 1), "WARM");
  EXPECT_EQ(world.StateOf(first_ + 2), "ACTIVE");
}

TEST_P(Reload, WhatWorks_WorksAfterARestart) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  world.Restart();
  EXPECT_EQ(world.ActiveVersion(), "1.0.1");
  const auto back = world.Rollback();
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(world.ActiveVersion(), "1.0.0");
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

// As a host that was killed during a canary finds it at its next start, or a step that committed beside a way back.
TEST_P(Reload, APositionThatNothingReads_IsHealedByTheStepThatBeginsAtIt) {
  TwoShops();
  world.store().Write([](Tx& tx) { return tx.RestoreCursor("a.orders", {.schema = 9, .state = "elsewhere"}); });
  world.engine().CursorsRestored({"a.orders"});
  const int64_t orders = world.Orders("a");
  world.Until("it reads on", [&] {
    world.MakeDue("a");
    return world.Orders("a") > orders;
  });
  EXPECT_EQ(world.Lane("a").cursor.schema, 1U);
}

TEST_P(Reload, WhileTheOldOneDrains_ThereIsAWayBack) {
  TwoShops({{"hold", world.File("hold")}});
  world.Touch("hold");
  world.MakeDue("b");
  const auto inside = [&] {
    for (const GenerationStatus& each : world.Plugin().generations) {
      if (each.number == first_) return each.steps_in_flight;
    }
    return 0;
  };
  world.Until("a step is inside", [&] { return inside() == 1; });
  auto reloading = std::async(std::launch::async, [&] { return world.ReloadBundle("v1_next", {.skip = true}); });
  world.UntilState(first_, "DRAINING");
  absl::StatusOr<ReloadReport> back = absl::UnknownError("not asked");
  world.Until("the new one works", [&] {
    back = world.Rollback();
    return !HasReason(back.status(), Reason::kReloadUnderWay);
  });
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(world.ActiveVersion(), "1.0.0");
  EXPECT_NE(world.ActiveGeneration(), first_) << "a copy of its own";
  world.Remove("hold");
  ASSERT_TRUE(reloading.get().ok());
  world.UntilState(first_, "UNLOADED");
  EXPECT_EQ(world.Version("1.0.1").standing, VersionStanding::kRolledBack);
}

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
  absl::StatusOr<ReloadReport> ReloadInto(std::optional<IsolationMode> isolation) {
    return world.catalog().Reload({.plugin_id = ReloadWorld::kPlugin, .version = "1.0.0", .isolation = isolation},
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
    const auto report = ReloadInto(mode);
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
