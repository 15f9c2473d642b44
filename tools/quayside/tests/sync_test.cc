#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "tools/quayside/tests/watch_until.h"

namespace quayside::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SyncTest : public testing::Test {
 protected:
  v1::Run RunIn(v1::RunState state) {
    v1::Run run;
    run.set_name("runs/1");
    run.set_lane("lanes/main.orders");
    run.set_state(state);
    run.set_items(7);
    return run;
  }

  // The events of one transaction.
  v1::WatchResponse Events(const std::vector<std::int64_t>& revisions) {
    v1::WatchResponse message;
    for (const std::int64_t revision : revisions) {
      auto* event = message.add_events();
      event->set_revision(revision);
      event->set_type("order.received");
      event->set_resource("orders/" + std::to_string(revision));
      message.set_revision(revision);
    }
    return message;
  }

  CliResult WatchUntil(std::size_t streams, const std::vector<std::string>& arguments) {
    return cli::WatchUntil(world, host, streams, arguments);
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(SyncTest, Start_WaitsForTheEndOfTheRun) {
  host.data.runs = {RunIn(v1::RUN_STATE_RUNNING), RunIn(v1::RUN_STATE_SUCCEEDED)};
  const CliResult result = world.Run({"sync", "start", "--account", "main", "--job", "orders", "--wait"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "started lanes/main.orders: runs/1 (queued)\nruns/1 succeeded: 0 steps, 7 items\n");
  EXPECT_EQ(host.ledger.All<v1::StartSyncRequest>().at(0).lane(), "lanes/main.orders");
}

TEST_F(SyncTest, Start_FailsWhenTheRunFails) {
  host.data.runs = {RunIn(v1::RUN_STATE_FAILED)};
  host.data.runs[0].set_error("refused");
  host.data.runs[0].set_error_reason("CREDENTIALS_REFUSED");
  const CliResult result = world.Run({"sync", "start", "main.orders", "--wait"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("error: runs/1 failed: refused [CREDENTIALS_REFUSED]\n"));
}

TEST_F(SyncTest, Start_KeepsWaitingWhileTheHostRestarts) {
  host.data.runs = {RunIn(v1::RUN_STATE_SUCCEEDED)};
  host.ledger.FailNext(grpc::Status::OK);
  for (int i = 0; i < 3; ++i) host.ledger.FailNext({grpc::UNAVAILABLE, "Socket closed"});
  EXPECT_EQ(world.Run({"sync", "start", "main.orders", "--wait"}).exit_code, 0);
}

TEST_F(SyncTest, Start_InterruptedWaitingIsExitCode130) {
  host.data.runs = {RunIn(v1::RUN_STATE_RUNNING)};
  world.interrupt.Trigger();
  const CliResult result = world.Run({"sync", "start", "main.orders", "--wait"});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_THAT(result.err, HasSubstr("it goes on"));
}

TEST_F(SyncTest, Start_FindsTheLaneOfAnAccountOrAChannel) {
  host.data.channel.set_name("channels/uk");
  host.data.channel.set_account("accounts/main");
  EXPECT_EQ(world.Run({"sync", "start", "--account", "main", "--job", "orders"}).exit_code, 0);
  EXPECT_EQ(world.Run({"sync", "start", "--channel", "uk", "--job", "listings"}).exit_code, 0);
  const auto requests = host.ledger.All<v1::StartSyncRequest>();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].lane(), "lanes/main.orders");
  EXPECT_EQ(requests[1].lane(), "lanes/main.uk.listings");
}

TEST_F(SyncTest, Pause_OfAChannel_DoesNotPauseTheWholeAccount) {
  host.data.channel.set_name("channels/uk");
  host.data.channel.set_account("accounts/main");
  v1::ChannelLane* lane = host.data.channel.add_lanes();
  lane->set_lane("lanes/main.inventory");
  lane->set_job("inventory");
  const CliResult result = world.Run({"sync", "pause", "--channel", "uk", "--job", "inventory", "--note", "n"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("'main.inventory' does it for every channel of accounts/main"));
  EXPECT_TRUE(host.ledger.All<v1::PauseLaneRequest>().empty());
}

TEST_F(SyncTest, Pause_NeedsANote) {
  EXPECT_EQ(world.Run({"sync", "pause", "main.orders"}).exit_code, 2);
  EXPECT_EQ(world.Run({"sync", "pause", "main.orders", "--note", "stocktaking"}).exit_code, 0);
  EXPECT_EQ(host.ledger.All<v1::PauseLaneRequest>().at(0).note(), "stocktaking");
}

TEST_F(SyncTest, Schedule_TakesATime_OrTheUsualOne) {
  EXPECT_EQ(world.Run({"sync", "schedule", "main.orders"}).exit_code, 2);
  EXPECT_EQ(world.Run({"sync", "schedule", "main.orders", "--every", "15m", "--usual"}).exit_code, 2);
  EXPECT_EQ(world.Run({"sync", "schedule", "main.orders", "--every", "often"}).exit_code, 2);
  EXPECT_TRUE(host.ledger.All<v1::ScheduleLaneRequest>().empty());
  EXPECT_EQ(world.Run({"sync", "schedule", "main.orders", "--every", "15m"}).out,
            "lanes/main.orders looks for news every 15m\n");
  EXPECT_EQ(world.Run({"sync", "schedule", "main.orders", "--usual", "--dry-run"}).out,
            "lanes/main.orders would look for news as is usual\n");
  const auto requests = host.ledger.All<v1::ScheduleLaneRequest>();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].name(), "lanes/main.orders");
  EXPECT_EQ(requests[0].interval().seconds(), 900);
  EXPECT_FALSE(requests[1].has_interval());
}

TEST_F(SyncTest, Watch_ResumesAfterTheLastRevision_AndPrintsEachEventOnce) {
  v1::WatchResponse bookmark;
  bookmark.set_revision(9);
  // The second stream repeats an event, which a host should not do.
  host.data.streams = {{Events({6, 7}), bookmark}, {Events({7}), Events({10})}};
  const CliResult result = WatchUntil(3, {"sync", "watch", "--after", "5", "--type", "order.", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> resources;
  for (const auto line : absl::StrSplit(result.out, '\n', absl::SkipEmpty())) {
    v1::Event event;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(std::string(line), &event).ok()) << line;
    resources.push_back(event.resource());
  }
  EXPECT_THAT(resources, ElementsAre("orders/6", "orders/7", "orders/10"));
  std::vector<std::int64_t> asked;
  for (const auto& request : host.ledger.All<v1::WatchRequest>()) asked.push_back(request.after_revision());
  EXPECT_THAT(asked, ElementsAre(5, 9, 10));
  EXPECT_THAT(host.ledger.All<v1::WatchRequest>().at(2).type_prefixes(), ElementsAre("order."));
  EXPECT_THAT(result.err, HasSubstr("the connection is lost; resuming after revision 9\n"));
}

TEST_F(SyncTest, Watch_EndsOnCtrlC_WithExitCode0) {
  const CliResult result = WatchUntil(1, {"sync", "watch"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
}

TEST_F(SyncTest, Watch_EndsWhenNobodyReads) {
  host.data.streams = {{Events({1})}};
  world.broken_out = true;
  EXPECT_EQ(world.Run({"sync", "watch"}).exit_code, 1);
  EXPECT_EQ(host.ledger.All<v1::WatchRequest>().size(), 1U);
}

TEST_F(SyncTest, Watch_ResumesWhenCutForBeingSlow) {
  host.ledger.FailNext(HostError(grpc::RESOURCE_EXHAUSTED, "too slow", "WATCH_TOO_SLOW"));
  const CliResult result = WatchUntil(2, {"sync", "watch", "--after", "3"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("[WATCH_TOO_SLOW]; resuming after revision 3"));
}

TEST_F(SyncTest, Watch_ShowsWhatThereIs_ThenWhatHappens_AndSaysWhatIsMissing) {
  v1::WatchResponse first;
  first.mutable_gap()->set_first_revision(3);
  first.add_snapshot()->set_resource("channels/uk");
  (*first.mutable_snapshot(0)->mutable_attributes())["enabled"] = "yes";
  v1::WatchResponse last;
  last.add_snapshot()->set_resource("channels/de");
  last.set_snapshot_complete(true);
  last.set_revision(4);
  // The first stream breaks inside the snapshot: it begins anew, not in the middle.
  host.data.streams = {{first}, {first, last, Events({5})}};
  const CliResult result = WatchUntil(3, {"sync", "watch", "--after", "7", "--snapshot"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("present  channels/uk  enabled=yes\npresent  channels/de\n"));
  EXPECT_THAT(result.out, HasSubstr("#5  "));
  EXPECT_THAT(result.err, HasSubstr("events after revision 7 are not kept; what there is follows\n"));
  std::vector<std::int64_t> asked;
  for (const auto& request : host.ledger.All<v1::WatchRequest>()) {
    EXPECT_TRUE(request.include_snapshot());
    asked.push_back(request.after_revision());
  }
  EXPECT_THAT(asked, ElementsAre(7, 0, 5));
}

TEST_F(SyncTest, Events_AreListed) {
  host.data.events.push_back(Events({6}).events(0));
  (*host.data.events.front().mutable_attributes())["channel"] = "uk";
  const CliResult result = world.Run({"sync", "events", "--after", "5", "--type", "order."});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("order.received"));
  EXPECT_THAT(result.out, HasSubstr("channel=uk"));
  const auto asked = host.ledger.All<v1::ListEventsRequest>().at(0);
  EXPECT_EQ(asked.after_revision(), 5);
  EXPECT_THAT(asked.type_prefixes(), ElementsAre("order."));
  EXPECT_EQ(world.Run({"sync", "events", "--after", "soon"}).exit_code, 2);
}

TEST_F(SyncTest, Cancel_SaysWhetherItCameInTime) {
  EXPECT_EQ(world.Run({"sync", "cancel", "7"}).out, "cancelled runs/7 of lanes/main.orders\n");
  EXPECT_EQ(host.ledger.All<v1::CancelRunRequest>().at(0).name(), "runs/7");
  host.data.runs = {RunIn(v1::RUN_STATE_SUCCEEDED)};
  EXPECT_EQ(world.Run({"sync", "cancel", "runs/7"}).out, "runs/7 was over: succeeded\n");
}

TEST_F(SyncTest, Runs_OfATrace) {
  host.data.runs = {RunIn(v1::RUN_STATE_SUCCEEDED)};
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const CliResult result = world.Run({"sync", "runs", "--trace", trace});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(host.ledger.All<v1::ListRunsRequest>().at(0).trace_id(), trace);
}

TEST_F(SyncTest, Watch_StopsWhenHistoryIsGone) {
  host.ledger.FailNext(HostError(grpc::OUT_OF_RANGE, "compacted up to 100", "HISTORY_GONE"));
  const CliResult result = world.Run({"sync", "watch", "--after", "1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("error: compacted up to 100 [HISTORY_GONE]\n"));
}

TEST_F(SyncTest, Watch_WithoutAHostIsExitCode3) {
  world.environment["QUAYSIDE_SOCKET"] = world.Path("nobody");
  EXPECT_EQ(world.Run({"sync", "watch"}).exit_code, 3);
}

TEST_F(SyncTest, StatusWatch_EndsOnCtrlC) {
  host.data.lanes.emplace_back().set_name("lanes/main.orders");
  world.interrupt.Trigger();
  const CliResult result = world.Run({"sync", "status", "--watch"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("main.orders"));
}

TEST_F(SyncTest, Drift_ShowsWhatNobodySent) {
  for (const char* sku : {"CUP", "MUG"}) {
    v1::Drift& drift = host.data.drifts.emplace_back();
    drift.set_sku(sku);
    drift.set_expected(4);
    drift.set_times(1);
  }
  host.data.drifts[1].set_shown(9);
  const CliResult result = world.Run({"sync", "drift", "uk"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::vector<std::string> lines = absl::StrSplit(result.out, '\n');
  ASSERT_GE(lines.size(), 3U);
  EXPECT_THAT(lines[1], testing::AllOf(HasSubstr("CUP"), HasSubstr("nothing")));
  EXPECT_THAT(lines[2], testing::AllOf(HasSubstr("MUG"), HasSubstr("9")));
  host.data.drifts.clear();
  EXPECT_THAT(world.Run({"sync", "drift", "uk"}).out, HasSubstr("quayside sync status --channel uk"));
}

TEST_F(SyncTest, Status_SaysHowFarThingsAreProven) {
  v1::Lane& reconcile = host.data.lanes.emplace_back();
  reconcile.set_name("lanes/main.uk.reconcile");
  reconcile.set_job("reconcile");
  reconcile.set_channel("channels/uk");
  reconcile.mutable_drift()->set_open(2);
  reconcile.mutable_drift()->set_compared(300);
  reconcile.mutable_drift()->set_found(5);
  reconcile.mutable_drift()->set_repaired(3);
  reconcile.mutable_drift()->mutable_compare_time()->set_seconds(1'700'000'000);
  v1::Lane& completeness = host.data.lanes.emplace_back();
  completeness.set_name("lanes/main.completeness");
  completeness.set_job("completeness");
  completeness.mutable_completeness()->mutable_complete_to_time()->set_seconds(1'700'000'000);
  completeness.mutable_completeness()->set_missing_total(2);
  completeness.mutable_completeness()->set_recovered_total(1);
  const CliResult result = world.Run({"sync", "status"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("quantities compared: 300"));
  EXPECT_THAT(result.out, HasSubstr("2 show another number than was sent: quayside sync drift uk"));
  EXPECT_THAT(result.out, HasSubstr("5 found in all, 3 repaired"));
  EXPECT_THAT(result.out, HasSubstr("2 were missing in all, 1 of them came in when asked for"));
}

}  // namespace
}  // namespace quayside::cli
