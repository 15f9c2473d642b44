// The whole way of a reload: real libraries, real workers, a real store. Where the code runs makes no difference.
// canary_test.cc, refusal_test.cc, way_back_test.cc and drain_test.cc have its parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "tests/reload/reload_fixture.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Modes, Reload, InBothModes(), ModeName);

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
    EXPECT_EQ(row.details.at("signer"), "the test") << row.action;
    audit.push_back(row.action + " " + row.details.at("version"));
  }
  EXPECT_EQ(audit, expected);
  for (const char* version : {"1.0.0", "1.0.1"}) EXPECT_EQ(world.Plugin().version_signers.at(version), "the test");
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

TEST_P(Reload, TheSameVersionAgain_IsAFreshCopy) {
  TwoShops();
  const auto report = world.Reload("1.0.0");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_NE(world.ActiveGeneration(), first_);
  EXPECT_EQ(world.StateOf(first_), "WARM");
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

}  // namespace
}  // namespace quayside
