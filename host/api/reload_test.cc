// PluginService: reloading, going back, taking out; what a client sees of it.
#include <future>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// All messages of a reload, and how it ended.
struct Watched {
  std::vector<std::string> transitions;  // "CANARY 1.1.0"
  std::vector<std::string> rehearsed;    // "40/100"
  std::vector<api::CanaryComparison> comparisons;
  std::optional<api::ReloadReport> report;
  grpc::Status status;
  [[nodiscard]] std::string reason() const { return status.ok() ? "OK" : Refusal(status).info.reason(); }
};

Watched ReloadNow(ApiWorld& world, const std::string& text) {
  grpc::ClientContext context;
  const auto reader = world.stub<Plugins>().ReloadPlugin(&context, FromText<api::ReloadPluginRequest>(text));
  Watched seen;
  api::ReloadPluginResponse message;
  while (reader->Read(&message)) {
    if (message.has_transition()) {
      seen.transitions.push_back(message.transition().to() + " " + message.transition().version());
      for (const auto& each : message.transition().comparisons()) seen.comparisons.push_back(each);
    }
    if (message.has_rehearsal()) {
      seen.rehearsed.push_back(std::to_string(message.rehearsal().accounts_done()) + "/" +
                               std::to_string(message.rehearsal().accounts()));
    }
    if (message.has_report()) seen.report = message.report();
  }
  seen.status = reader->Finish();
  return seen;
}

GenerationTransition To(GenerationState state) {
  return {.plugin_id = "amazon", .version = "1.1.0", .generation = 2, .to = state, .at_us = 1, .took_us = 1500};
}

ReloadReport GoodReport() {
  ReloadReport report{.generation = 2, .version = "1.1.0", .previous_version = "1.0.0"};
  report.prepare_us = 4000;
  report.flip_us = 1000;
  report.canary_lanes = {"amz.orders"};
  report.canary = {{Job::kOrders, {.good = 50}, {}, {.good = 3, .items = 12, .duration_us = 30'000}}};
  return report;
}

TEST(ReloadTest, StreamsTransitions_AndEndsWithTheReport) {
  ApiWorld world;
  world.catalog.reload = [](const ReloadRequest&, const ReloadObserver& observer) {
    observer(To(GenerationState::kLoaded));
    observer(To(GenerationState::kActive));
    return GoodReport();
  };
  const Watched seen = ReloadNow(world, "name: 'plugins/amazon'");
  ASSERT_TRUE(seen.status.ok()) << seen.status.error_message();
  EXPECT_THAT(seen.transitions, ElementsAre("LOADED 1.1.0", "ACTIVE 1.1.0"));
  ASSERT_TRUE(seen.report.has_value());
  EXPECT_EQ(seen.report->control().nanos(), 5'000'000);
  EXPECT_THAT(seen.report->canary_lanes(), ElementsAre("lanes/amz.orders"));
  ASSERT_THAT(seen.report->comparisons(), SizeIs(1));
  EXPECT_EQ(seen.report->comparisons(0).new_steps().latency().nanos(), 10'000'000);
}

TEST(ReloadTest, HandsOnWhatWasAsked) {
  ApiWorld world;
  ReloadRequest asked;
  world.catalog.reload = [&](const ReloadRequest& request, const ReloadObserver&) {
    asked = request;
    return GoodReport();
  };
  ASSERT_TRUE(
      ReloadNow(world,
                "name: 'plugins/amazon' version: '1.1.0' etag: '7' validate_only: true rollback_window { seconds: 9 } "
                "canary { lanes: 'lanes/amz.orders' good_steps: 4 patience { seconds: 5 } lane_count: 2 }")
          .status.ok());
  EXPECT_EQ(asked.plugin_id, "amazon");
  EXPECT_EQ(asked.version, "1.1.0");
  EXPECT_EQ(asked.expected_generation, 7);
  EXPECT_TRUE(asked.validate_only);
  EXPECT_EQ(asked.rollback_window_us, 9 * kSecondUs);
  EXPECT_THAT(asked.canary.lanes, ElementsAre("amz.orders"));
  EXPECT_EQ(asked.canary.good_steps, 4);
  EXPECT_EQ(asked.canary.lane_count, 2);
  EXPECT_EQ(asked.canary.patience_us, 5 * kSecondUs);
  EXPECT_EQ(asked.actor, "local");
  EXPECT_FALSE(asked.isolation.has_value());
  ASSERT_TRUE(ReloadNow(world, "name: 'plugins/amazon' isolation: ISOLATION_MODE_ISOLATED").status.ok());
  EXPECT_EQ(asked.isolation, IsolationMode::kIsolated);
  ASSERT_TRUE(ReloadNow(world, "name: 'plugins/amazon' isolation: ISOLATION_MODE_IN_PROCESS").status.ok());
  EXPECT_EQ(asked.isolation, IsolationMode::kInProcess);
}

TEST(ReloadTest, TellsHowFarTheRehearsalIs_AndWhatAFailedCanarySaw) {
  ApiWorld world;
  world.catalog.reload = [](const ReloadRequest& request,
                            const ReloadObserver& observer) -> absl::StatusOr<ReloadReport> {
    request.on_rehearsal(40, 100);
    GenerationTransition back = To(GenerationState::kRolledBack);
    back.canary = {{Job::kOrders, {.good = 50}, {}, {.good = 1, .broken = 2, .last_failure = "it threw"}}};
    observer(back);
    return MakeError(absl::StatusCode::kAborted, Reason::kCanaryFailed, "it threw");
  };
  const Watched seen = ReloadNow(world, "name: 'plugins/amazon'");
  EXPECT_THAT(seen.rehearsed, ElementsAre("40/100"));
  ASSERT_THAT(seen.comparisons, SizeIs(1));
  EXPECT_EQ(seen.comparisons[0].job(), "orders");
  EXPECT_EQ(seen.comparisons[0].old_steps().good(), 50);
  EXPECT_EQ(seen.comparisons[0].new_steps().broken(), 2);
  EXPECT_EQ(seen.comparisons[0].new_steps().last_failure(), "it threw");
  EXPECT_EQ(seen.reason(), "CANARY_FAILED");
}

TEST(ReloadTest, RefusesFieldsByName) {
  ApiWorld world;
  const auto fields = [&](const std::string& text) { return Refusal(ReloadNow(world, text).status).fields(); };
  EXPECT_THAT(
      fields("name: 'plugins/amazon' etag: 'x' canary { good_steps: -1 lane_count: -1 patience { seconds: 4000 } } "
             "rollback_window { seconds: -1 }"),
      ElementsAre("etag", "canary.lane_count", "canary.good_steps", "canary.patience", "rollback_window"));
  EXPECT_EQ(ReloadNow(world, "name: 'amazon'").reason(), "INVALID_NAME");
  EXPECT_EQ(ReloadNow(world, "name: 'plugins/amazon' canary { lanes: 'x' }").reason(), "INVALID_NAME");
}

TEST(ReloadTest, AFailure_EndsTheStream_AfterItsTransitions) {
  ApiWorld world;
  world.catalog.reload = [](const ReloadRequest&, const ReloadObserver& observer) -> absl::StatusOr<ReloadReport> {
    observer(To(GenerationState::kRolledBack));
    return MakeError(absl::StatusCode::kAborted, Reason::kCanaryFailed, "it threw");
  };
  const Watched seen = ReloadNow(world, "name: 'plugins/amazon'");
  EXPECT_THAT(seen.transitions, ElementsAre("ROLLED_BACK 1.1.0"));
  EXPECT_FALSE(seen.report.has_value());
  EXPECT_EQ(seen.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(seen.reason(), "CANARY_FAILED");
}

TEST(ReloadTest, TheSameRequestId_ReloadsOnce_AndGetsTheReport) {
  ApiWorld world;
  std::atomic<int> reloads{0};
  world.catalog.reload = [&](const ReloadRequest&, const ReloadObserver& observer) {
    ++reloads;
    observer(To(GenerationState::kActive));
    return GoodReport();
  };
  const char* text = "name: 'plugins/amazon' request_id: 'r1'";
  ASSERT_TRUE(ReloadNow(world, text).status.ok());
  const Watched again = ReloadNow(world, text);
  EXPECT_TRUE(again.status.ok());
  EXPECT_THAT(again.transitions, IsEmpty());
  ASSERT_TRUE(again.report.has_value());
  EXPECT_EQ(again.report->version(), "1.1.0");
  EXPECT_EQ(reloads, 1);
  EXPECT_EQ(ReloadNow(world, "name: 'plugins/amazon' version: '2' request_id: 'r1'").reason(), "REQUEST_ID_REUSED");
}

TEST(ReloadTest, GoesOn_WhenTheClientIsGone) {
  ApiWorld world;
  std::promise<void> begun;
  std::promise<void> go_on;
  std::promise<void> ended;
  world.catalog.reload = [&](const ReloadRequest&, const ReloadObserver& observer) {
    observer(To(GenerationState::kCanary));
    begun.set_value();
    go_on.get_future().wait();
    observer(To(GenerationState::kActive));
    ended.set_value();
    return GoodReport();
  };
  {
    grpc::ClientContext context;
    const auto reader = world.stub<Plugins>().ReloadPlugin(
        &context, FromText<api::ReloadPluginRequest>("name: 'plugins/amazon' request_id: 'r1'"));
    begun.get_future().wait();
    context.TryCancel();
    api::ReloadPluginResponse message;
    while (reader->Read(&message)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  go_on.set_value();
  ended.get_future().wait();
  // Who comes back with the same id learns how it ended.
  const Watched again = ReloadNow(world, "name: 'plugins/amazon' request_id: 'r1'");
  ASSERT_TRUE(again.report.has_value());
}

TEST(ReloadTest, AStoppingHost_EndsReloadsFirst) {
  ApiWorld world;
  std::promise<void> begun;
  world.catalog.reload = [&](const ReloadRequest&, const ReloadObserver&) -> absl::StatusOr<ReloadReport> {
    begun.set_value();
    while (!world.catalog.reloads_stopped) std::this_thread::yield();
    return ShuttingDown();
  };
  auto watching = std::async(std::launch::async, [&] { return ReloadNow(world, "name: 'plugins/amazon'"); });
  begun.get_future().wait();
  world.StopServer();
  EXPECT_FALSE(watching.get().status.ok());
}

TEST(RollbackTest, AnswersTheWayBack_AndHoldsToTheEtag) {
  ApiWorld world;
  world.catalog.reload = [](const ReloadRequest&, const ReloadObserver&) {
    ReloadReport report = GoodReport();
    report.transitions = {To(GenerationState::kActive)};
    return report;
  };
  const auto answer = world.Ask(&Plugins::RollbackPlugin, "name: 'plugins/amazon' etag: '1'");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(answer->transitions(0).to(), "ACTIVE");
  EXPECT_EQ(answer->plugin().etag(), "1");
  EXPECT_EQ(world.Ask(&Plugins::RollbackPlugin, "name: 'plugins/amazon' etag: '2'").reason(), "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Plugins::RollbackPlugin, "name: 'plugins/none'").reason(), "PLUGIN_NOT_FOUND");
}

TEST(InstallTest, LeavesTellingTheLanes_ToTheCatalog) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Accounts::CreateAccount, "account_id: 'amz' account { plugin: 'plugins/amazon' }").ok());
  const int before = world.engine.accounts_changed("amz");
  ASSERT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good'").ok());
  EXPECT_EQ(world.engine.accounts_changed("amz"), before);
}

TEST(UnloadTest, AndRelease_NameWhatTheyAreAbout) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Plugins::UnloadPlugin, "name: 'plugins/amazon' generation: 3").ok());
  EXPECT_EQ(world.catalog.unloaded, 3);
  ASSERT_TRUE(world.Ask(&Plugins::ReleasePlugin, "name: 'plugins/amazon' version: '1.1.0'").ok());
  EXPECT_EQ(world.catalog.released, "1.1.0");
  EXPECT_EQ(world.Ask(&Plugins::UnloadPlugin, "name: 'plugins/none'").reason(), "PLUGIN_NOT_FOUND");
}

TEST(PluginViewTest, ShowsEveryVersion_AndEveryGeneration) {
  ApiWorld world;
  world.catalog.plugin.versions = {
      {.plugin_id = "amazon", .version = "1.0.0", .last_active_us = 5, .standing = VersionStanding::kGood},
      {.plugin_id = "amazon", .version = "1.1.0", .standing = VersionStanding::kPlaced},
      {.plugin_id = "amazon", .version = "1.2.0", .standing = VersionStanding::kQuarantined, .why = "it crashed"}};
  world.catalog.plugin.generations.push_back(
      {.number = 2, .version = "1.1.0", .state = "LEAKED", .steps_stuck = 1, .why = "a call does not return"});
  const auto answer = world.Ask(&Plugins::GetPlugin, "name: 'plugins/amazon'");
  ASSERT_TRUE(answer.ok()) << answer;
  const api::Plugin& plugin = answer->plugin();
  ASSERT_THAT(plugin.versions(), SizeIs(3));
  EXPECT_EQ(plugin.versions(0).state(), api::PLUGIN_VERSION_STATE_ACTIVE);
  EXPECT_EQ(plugin.versions(1).state(), api::PLUGIN_VERSION_STATE_PLACED);
  EXPECT_EQ(plugin.versions(2).state(), api::PLUGIN_VERSION_STATE_QUARANTINED);
  EXPECT_EQ(plugin.versions(2).reason(), "it crashed");
  ASSERT_THAT(plugin.generations(), SizeIs(2));
  EXPECT_EQ(plugin.generations(1).reason(), "a call does not return");
  EXPECT_EQ(plugin.generations(1).steps_stuck(), 1);
  EXPECT_EQ(plugin.etag(), "1");
}

}  // namespace
}  // namespace quayside
