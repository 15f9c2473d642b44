// SyncService: lanes that are shown, paused and scheduled, runs, and a change with its answer in one commit.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

TEST(SyncServiceTest, ShowsAndControlsLanes) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world.engine.AddLane("amz.amz-de.listings", "amz", "amz-de", Job::kListings);
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "")->lanes_size(), 2);
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "parent: 'channels/amz-de'")->lanes(0).name(), "lanes/amz.amz-de.listings");
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "parent: 'accounts/amz'")->lanes_size(), 2);
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "parent: 'items/1'").reason(), "INVALID_NAME");
  const auto page = world.Ask(&Syncs::ListLanes, "page_size: 1");
  EXPECT_EQ(world.Ask(&Syncs::ListLanes, "page_token: '" + page->next_page_token() + "'")->lanes_size(), 1);
  EXPECT_EQ(world.Ask(&Syncs::GetLane, "name: 'lanes/amz.orders'")->lane().job(), "orders");
  EXPECT_EQ(world.Ask(&Syncs::GetLane, "name: 'lanes/x.orders'").reason(), "LANE_NOT_FOUND");

  const auto paused = world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: 'stocktaking'");
  EXPECT_EQ(paused->lane().state(), api::LANE_STATE_PAUSED);
  EXPECT_EQ(paused->lane().pause_note(), "stocktaking");
  EXPECT_EQ(world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders'").reason(), "LANE_PAUSED");
  EXPECT_EQ(world.Ask(&Syncs::ResumeLane, "name: 'lanes/amz.orders'")->lane().state(), api::LANE_STATE_IDLE);
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 2);
  EXPECT_THAT(world.EventTexts(), ElementsAre("lane.paused lanes/amz.orders", "lane.resumed lanes/amz.orders"));
  EXPECT_THAT(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: '" + std::string(1001, 'n') + "'").fields(),
              ElementsAre("note"));
}

TEST(SyncServiceTest, Lanes_AreScheduled_WithinBounds_AndOnlyThoseThatLookForNews) {
  ApiWorld world;
  world.MakeAccount();
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world.engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
  const auto schedule = [&](const std::string& lane, const std::string& more) {
    return world.Ask(&Syncs::ScheduleLane, "name: 'lanes/" + lane + "' " + more);
  };
  EXPECT_EQ(schedule("amz.orders", "interval { seconds: 900 }")->lane().interval().seconds(), 900);
  EXPECT_EQ(schedule("amz.orders", "interval { seconds: 900 }")->lane().interval().seconds(), 900) << "so already";
  EXPECT_THAT(world.EventTexts(), ElementsAre("account.created accounts/amz", "lane.scheduled lanes/amz.orders"));
  for (const char* wrong : {"interval { seconds: 59 }", "interval { seconds: 86401 }", "interval { seconds: -900 }",
                            "interval { seconds: 60 nanos: 1 }", "interval {}"}) {
    EXPECT_THAT(schedule("amz.orders", wrong).fields(), ElementsAre("interval")) << wrong;
  }
  EXPECT_EQ(schedule("amz.inventory", "interval { seconds: 900 }").reason(), "LANE_NOT_SCHEDULED");
  EXPECT_EQ(schedule("amz.none", "interval { seconds: 900 }").reason(), "LANE_NOT_FOUND");
  EXPECT_TRUE(schedule("amz.orders", "validate_only: true").ok());
  EXPECT_FALSE(schedule("amz.orders", "")->lane().has_interval());
}

TEST(SyncServiceTest, StartSync_OfTwoWhoAsk_IsOneRun_UntilItHasEnded) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  const auto start = [&](const std::string& request_id) {
    return world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders' request_id: '" + request_id + "'")->run();
  };
  const api::Run run = start("a");
  EXPECT_EQ(run.state(), api::RUN_STATE_QUEUED);
  EXPECT_EQ(start("a").name(), run.name()) << "a repetition";
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 1);
  EXPECT_EQ(start("b").name(), run.name()) << "somebody else";
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 2) << "the lane is due once more";
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::vector<RunRecord> open, tx.ListOpenRuns("amz.orders"));
    open.at(0).ended_us = 1;
    return tx.PutRun(open[0]);
  });
  EXPECT_NE(start("c").name(), run.name());
  EXPECT_EQ(start("a").name(), run.name()) << "a repetition, however late";
}

// Nothing lies between the change and its stored answer, so a crash leaves both or neither.
TEST(SyncServiceTest, AChangeAndItsAnswer_AreOneTransaction) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  const auto commits_of = [&](const auto& call) {
    const int before = world.commits;
    call();
    return world.commits - before;
  };
  EXPECT_EQ(
      commits_of([&] { EXPECT_TRUE(world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders' request_id: 'a'").ok()); }),
      1);
  EXPECT_EQ(commits_of([&] {
              EXPECT_TRUE(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: 'n' request_id: 'b'").ok());
            }),
            1);
  EXPECT_EQ(
      commits_of([&] { EXPECT_TRUE(world.Ask(&Syncs::ResumeLane, "name: 'lanes/amz.orders' request_id: 'c'").ok()); }),
      1);
  EXPECT_EQ(commits_of([&] { EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' request_id: 'd'").ok()); }),
            1);
  EXPECT_EQ(world.catalog.installs, 1);
  EXPECT_EQ(commits_of([&] { EXPECT_TRUE(world.Ask(&Plugins::InstallPlugin, "path: '/good' request_id: 'd'").ok()); }),
            0);
  EXPECT_EQ(world.catalog.installs, 1);
}

TEST(SyncServiceTest, ListsRunsNewestFirst) {
  ApiWorld world;
  world.Write([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 3; ++id) {
      QS_RETURN_IF_ERROR(tx.PutRun({.id = id,
                                    .lane_id = id == 2 ? "b.orders" : "a.orders",
                                    .state = RunState::kFailed,
                                    .error = "no",
                                    .error_reason = "THROTTLED"}));
    }
    return absl::OkStatus();
  });
  const auto all = world.Ask(&Syncs::ListRuns, "page_size: 2");
  ASSERT_EQ(all->runs_size(), 2);
  EXPECT_EQ(all->runs(0).name(), "runs/3");
  EXPECT_EQ(world.Ask(&Syncs::ListRuns, "page_size: 2 page_token: '" + all->next_page_token() + "'")->runs(0).name(),
            "runs/1");
  EXPECT_EQ(world.Ask(&Syncs::ListRuns, "lane: 'lanes/b.orders'")->runs_size(), 1);
  EXPECT_EQ(world.Ask(&Syncs::GetRun, "name: 'runs/2'")->run().error_reason(), "THROTTLED");
  EXPECT_EQ(world.Ask(&Syncs::GetRun, "name: 'runs/9'").reason(), "RUN_NOT_FOUND");
}

}  // namespace
}  // namespace quayside
