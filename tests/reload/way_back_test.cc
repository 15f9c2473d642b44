// The ways back from a version that took over: by hand, by itself, and what of options and positions comes back with
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "host/base/errors.h"
#include "tests/reload/reload_fixture.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

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

// The clock stands still: whoever waits for the end of its backoff, or for an operator, waits for ever.
TEST_P(Reload, AfterTheWayBack_WhatFailedIsTriedAtOnce) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("fails", {.skip = true}).ok());
  for (const char* shop : {"a", "b"}) {
    world.MakeDue(shop);
    world.Until("it has failed", [&] { return world.Lane(shop).failures > 0; });
  }
  const auto back = world.Rollback();
  ASSERT_TRUE(back.ok()) << back.status();
  for (const char* shop : {"a", "b"}) {
    world.Until("it works again by itself", [&] { return world.Orders(shop) > 4; });
    world.Rest(shop);
    EXPECT_EQ(world.engine().GetLane(std::string(shop) + ".orders").value().record.failures, 0);
  }
  ExpectUntouched();
}

TEST_P(Reload, GoesBackByItself_WhenNobodyIsLetInAfterTheFlip_AndLeavesNoLaneToAnOperator) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("auth", {.skip = true}).ok());
  for (const char* shop : {"a", "b"}) world.MakeDue(shop);
  world.Until("the host goes back", [&] { return world.ActiveVersion() == "1.0.0"; });
  EXPECT_EQ(world.Version("2.1.5").standing, VersionStanding::kRolledBack);
  for (const char* shop : {"a", "b"}) {
    world.Until("it works again by itself", [&] { return world.Orders(shop) > 4; });
    EXPECT_FALSE(world.Lane(shop).needs_operator);
  }
  ExpectUntouched();
}

TEST_P(Reload, ANewVersion_TriesWhatWaitsForAnOperator_AndIsNotBlamedWhenThatFailsAgain) {
  TwoShops({{"shut", world.File("shut")}});
  world.Touch("shut");
  const auto refusals = [&] {
    int64_t count = 0;
    for (const EventRecord& event : world.store().Read([](ReadTx& tx) {
           return tx.ListEvents({.after_revision = 0, .type_prefixes = {"lane.needs_operator"}, .limit = 100});
         })) {
      count += event.type == "lane.needs_operator" ? 1 : 0;
    }
    return count;
  };
  for (const char* shop : {"a", "b"}) world.MakeDue(shop);
  world.Until("both wait for an operator", [&] { return refusals() == 2; });
  ASSERT_TRUE(world.ReloadBundle("v1_next", {.skip = true}).ok());
  world.Until("both were tried", [&] { return refusals() == 4; });
  EXPECT_EQ(world.ActiveVersion(), "1.0.1");
  world.Remove("shut");
  ASSERT_TRUE(world.Rollback().ok()) << "it did not go back by itself";
  for (const char* shop : {"a", "b"}) world.Until("it works again", [&] { return world.Orders(shop) > 4; });
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

TEST_P(Reload, WhatWorks_WorksAfterARestart) {
  TwoShops();
  ASSERT_TRUE(world.ReloadBundle("v1_next").ok());
  world.Restart();
  EXPECT_EQ(world.ActiveVersion(), "1.0.1");
  const auto back = world.Rollback();
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(world.ActiveVersion(), "1.0.0");
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

}  // namespace
}  // namespace quayside
