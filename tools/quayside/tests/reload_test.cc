// plugin reload, rollback, status; admin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/watch_until.h"

namespace quayside::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class ReloadCliTest : public testing::Test {
 protected:
  void Tell(const std::string& to, const std::string& reason = "") {
    auto* transition = host.data.reload.emplace_back().mutable_transition();
    transition->set_generation(2);
    transition->set_version("1.1.0");
    transition->set_to(to);
    transition->set_reason(reason);
    transition->mutable_took()->set_nanos(4'100'000);
  }
  void Report() {
    auto* report = host.data.reload.emplace_back().mutable_report();
    report->set_version("1.1.0");
    report->set_previous_version("1.0.0");
    report->mutable_control()->set_nanos(5'300'000);
    report->mutable_prepare()->set_nanos(4'000'000);
    report->mutable_flip()->set_nanos(1'300'000);
    report->mutable_canary()->set_seconds(1);
    report->mutable_longest_stall()->set_nanos(20'000);
    report->add_notes("account shop: option site -> shop");
    auto* job = report->add_comparisons();
    job->set_job("orders");
    job->mutable_new_steps()->set_good(3);
    job->mutable_new_steps()->set_items(12);
    job->mutable_old_steps()->set_good(50);
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(ReloadCliTest, ShowsEachTransition_AndWhatItCost) {
  Tell("CANARY", "shop.orders");
  Tell("ACTIVE");
  Report();
  const CliResult result =
      world.Run({"plugin", "reload", "counter", "--version", "1.1.0", "--canary-lane", "shop.orders", "--canary-steps",
                 "4", "--canary-seconds", "2.5", "--window", "0"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("   4.1 ms    2  1.1.0       CANARY       shop.orders\n"));
  EXPECT_THAT(result.out,
              HasSubstr("canary orders: 3 good, 0 failed, 0 broken, 4.0 items a step, 0.0 ms each; before: 50 good"));
  EXPECT_THAT(result.out, HasSubstr("account shop: option site -> shop\n"));
  EXPECT_THAT(result.out,
              HasSubstr("reloaded 1.0.0 -> 1.1.0: control 5.3 ms (prepare 4.0 ms, flip 1.3 ms), canary 1000.0 ms, "
                        "drain 0.0 ms, longest stall 0.0 ms\n"));
  const auto requests = host.ledger.All<v1::ReloadPluginRequest>();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].name(), "plugins/counter");
  EXPECT_EQ(requests[0].version(), "1.1.0");
  EXPECT_FALSE(requests[0].request_id().empty());
  EXPECT_THAT(requests[0].canary().lanes(), ElementsAre("lanes/shop.orders"));
  EXPECT_EQ(requests[0].canary().good_steps(), 4);
  EXPECT_EQ(requests[0].canary().patience().nanos(), 500'000'000);
  EXPECT_TRUE(requests[0].has_rollback_window());
}

TEST_F(ReloadCliTest, Json_IsOneMessageALine) {
  Tell("ACTIVE");
  Report();
  const CliResult result = world.Run({"plugin", "reload", "counter", "--json"});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2);
  EXPECT_THAT(result.out, HasSubstr("\"transition\":{"));
}

TEST_F(ReloadCliTest, AFailure_ComesAfterItsTransitions_WithWhatToDo) {
  Tell("ROLLED_BACK", "a step broke");
  auto* job = host.data.reload.back().mutable_transition()->add_comparisons();
  job->set_job("orders");
  job->mutable_new_steps()->set_broken(1);
  job->mutable_new_steps()->set_last_failure("it threw");
  job->mutable_old_steps()->set_good(2);
  job->mutable_old_steps()->set_items(5);
  host.data.reload_end = HostError(grpc::ABORTED, "counter 1.1.0 was taken back: a step broke", "CANARY_FAILED");
  const CliResult result = world.Run({"plugin", "reload", "counter"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("ROLLED_BACK  a step broke\n"
                                    "canary orders: 0 good, 0 failed, 1 broken, 0.0 items a step, 0.0 ms each "
                                    "(it threw); before: 2 good, 0 failed, 0 broken, 2.5 items a step"));
  EXPECT_THAT(result.err, HasSubstr("[CANARY_FAILED]"));
  EXPECT_THAT(result.err, HasSubstr("what to do: the version before works on"));
}

TEST_F(ReloadCliTest, Rollback_SaysHowFast) {
  auto* report = host.data.rollback.mutable_report();
  report->set_version("1.0.0");
  report->set_previous_version("1.1.0");
  report->mutable_control()->set_nanos(900'000);
  EXPECT_THAT(world.Run({"plugin", "rollback", "counter"}).out, HasSubstr("went back 1.1.0 -> 1.0.0 in 0.9 ms\n"));
}

TEST_F(ReloadCliTest, Isolation_IsAskedFor_AsSignedIsTheUsual) {
  for (const char* mode : {"isolated", "in_process", "as-signed"}) {
    Report();
    EXPECT_EQ(world.Run({"plugin", "reload", "counter", "--isolation", mode}).exit_code, 0);
  }
  EXPECT_EQ(world.Run({"plugin", "reload", "counter", "--isolation", "elsewhere"}).exit_code, 2);
  const auto requests = host.ledger.All<v1::ReloadPluginRequest>();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_EQ(requests[0].isolation(), v1::ISOLATION_MODE_ISOLATED);
  EXPECT_EQ(requests[1].isolation(), v1::ISOLATION_MODE_IN_PROCESS);
  EXPECT_EQ(requests[2].isolation(), v1::ISOLATION_MODE_UNSPECIFIED);
}

TEST_F(ReloadCliTest, ADryRun_OnlyAsks) {
  auto* report = host.data.rollback.mutable_report();
  report->set_version("1.0.0");
  report->set_previous_version("1.1.0");
  EXPECT_THAT(world.Run({"plugin", "rollback", "counter", "--dry-run"}).out,
              HasSubstr("would go back 1.1.0 -> 1.0.0\n"));
  EXPECT_TRUE(host.ledger.All<v1::RollbackPluginRequest>().at(0).validate_only());
  EXPECT_THAT(world.Run({"plugin", "unload", "counter", "--dry-run"}).out, HasSubstr("take plugins/counter out"));
  EXPECT_TRUE(host.ledger.All<v1::UnloadPluginRequest>().at(0).validate_only());
  EXPECT_THAT(world.Run({"plugin", "release", "counter", "1.1.0", "--dry-run"}).out,
              HasSubstr("release plugins/counter 1.1.0 from quarantine\n"));
  EXPECT_TRUE(host.ledger.All<v1::ReleasePluginRequest>().at(0).validate_only());
}

TEST_F(ReloadCliTest, Status_ShowsVersionsAndGenerations) {
  auto& plugin = host.data.plugins.emplace_back();
  plugin.set_name("plugins/counter");
  auto* version = plugin.add_versions();
  version->set_version("1.1.0");
  version->set_state(v1::PLUGIN_VERSION_STATE_QUARANTINED);
  version->set_reason("the host died inside it");
  version->set_signer("Quayside (K1)");
  auto* generation = plugin.add_generations();
  generation->set_number(4);
  generation->set_version("1.0.0");
  generation->set_state("WARM");
  generation->set_signer("UNSIGNED");
  const CliResult result = world.Run({"plugin", "status", "counter"});
  EXPECT_THAT(result.out, HasSubstr("1.1.0    quarantined"));
  EXPECT_THAT(result.out, HasSubstr("the host died inside it"));
  EXPECT_THAT(result.out, HasSubstr("4  1.0.0    WARM"));
  EXPECT_THAT(result.out, HasSubstr("SIGNED BY"));
  EXPECT_THAT(result.out, HasSubstr("Quayside (K1)")) << "of a version";
  EXPECT_THAT(result.out, HasSubstr("UNSIGNED")) << "of a generation";
}

TEST_F(ReloadCliTest, StatusWatch_ShowsThePlugin_ThenItsTransitionsAndNobodyElses) {
  auto& plugin = host.data.plugins.emplace_back();
  plugin.set_name("plugins/counter");
  plugin.add_versions()->set_version("1.1.0");
  v1::WatchResponse message;
  for (const char* resource : {"plugins/counter", "plugins/other"}) {
    auto* event = message.add_events();
    event->set_type("plugin.canary");
    event->set_resource(resource);
    (*event->mutable_attributes())["version"] = resource;
    (*event->mutable_attributes())["generation"] = "4";
    (*event->mutable_attributes())["reason"] = "on 3 lanes";
  }
  message.set_revision(9);
  host.data.streams = {{message}, {}};
  const CliResult result = WatchUntil(world, host, 2, {"plugin", "status", "counter", "--watch"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(result.out.find("VERSION"), result.out.find("plugin.canary"));
  EXPECT_THAT(result.out, HasSubstr("plugin.canary  plugins/counter (generation 4)  on 3 lanes\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("plugins/other")));
  EXPECT_EQ(host.ledger.All<v1::WatchRequest>().at(1).after_revision(), 9) << "it goes on behind what it showed";
}

TEST_F(ReloadCliTest, InstallBesideAWorkingVersion_SaysThatItWaits) {
  auto& plugin = host.data.plugins.emplace_back();
  plugin.set_name("plugins/counter");
  plugin.set_version("1.0.0");
  plugin.add_versions()->set_version("1.1.0");
  const CliResult result = world.Run({"plugin", "install", "/bundles/counter"});
  EXPECT_THAT(result.out, HasSubstr("installed plugins/counter 1.1.0 (placed beside 1.0.0"));
  EXPECT_THAT(result.out, HasSubstr("next: quayside plugin reload counter --version 1.1.0\n"));
  EXPECT_THAT(host.ledger.All<v1::ReloadPluginRequest>(), SizeIs(0));
}

TEST_F(ReloadCliTest, InstallAndReload_IsOneCommand) {
  auto& plugin = host.data.plugins.emplace_back();
  plugin.set_name("plugins/counter");
  plugin.set_version("1.0.0");
  plugin.add_versions()->set_version("1.1.0");
  Report();
  const CliResult result = world.Run({"plugin", "install", "/bundles/counter", "--reload"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  ASSERT_THAT(host.ledger.All<v1::ReloadPluginRequest>(), SizeIs(1));
  EXPECT_EQ(host.ledger.All<v1::ReloadPluginRequest>()[0].version(), "1.1.0");
}

TEST_F(ReloadCliTest, SafeToStop_NamesWhatIsOpen) {
  host.data.safe.set_safe(true);
  EXPECT_EQ(world.Run({"admin", "safe-to-stop"}).exit_code, 0);
  host.data.safe.set_safe(false);
  host.data.safe.add_steps()->set_lane("lanes/shop.orders");
  auto* outcome = host.data.safe.add_outcomes();
  outcome->set_account("accounts/shop");
  outcome->set_kind("quantity");
  outcome->set_subject("LAMP");
  outcome->set_state("unknown");
  const CliResult result = world.Run({"admin", "safe-to-stop"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("shop.orders"));
  EXPECT_THAT(result.out, HasSubstr("LAMP"));
  EXPECT_THAT(result.err, HasSubstr("1 step under way, 1 outcome unknown"));
}

TEST_F(ReloadCliTest, Drain_SaysWhenItDidNotEnd) {
  host.data.drain.set_drained(true);
  EXPECT_THAT(world.Run({"admin", "drain"}).out, HasSubstr("drained"));
  host.data.drain.set_drained(false);
  EXPECT_EQ(world.Run({"admin", "drain", "--wait", "1"}).exit_code, 1);
  EXPECT_EQ(host.ledger.All<v1::DrainRequest>().back().patience().seconds(), 1);
}

TEST_F(ReloadCliTest, Audit_ListsWhoDidWhat) {
  auto& record = host.data.audit.emplace_back();
  record.set_sequence(7);
  record.set_actor("host");
  record.set_action("plugin.rolled_back");
  record.set_resource("plugins/counter");
  (*record.mutable_details())["version"] = "1.1.0";
  const CliResult result = world.Run({"audit", "list"});
  EXPECT_THAT(result.out, HasSubstr("plugin.rolled_back"));
  EXPECT_THAT(result.out, HasSubstr("version=1.1.0"));
}

}  // namespace
}  // namespace quayside::cli
