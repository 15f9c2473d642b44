// What a reload is refused for, by name, before anything moves.
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
using ::testing::Not;

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

}  // namespace
}  // namespace quayside
