// AdminService: may the host be stopped, drains; AuditService: the audit trail.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

IntentRecord Intent(int64_t id, const std::string& sku, IntentState state) {
  return {.id = id, .account_id = "amz", .job = Job::kInventory, .target = sku, .state = state, .created_us = id};
}

TEST(SafeToStopTest, NothingUnderWay_IsSafe) {
  ApiWorld world;
  const auto answer = world.Ask(&Admin::SafeToStop, "");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_TRUE(answer->safe());
  EXPECT_FALSE(answer->draining());
}

TEST(SafeToStopTest, NamesStepsUnderWay) {
  ApiWorld world;
  world.engine.steps = {
      {.lane_id = "amz.orders", .plugin_id = "amazon", .version = "1.0.0", .generation = 3, .claimed_us = 5},
      {.lane_id = "amz.inventory", .plugin_id = "amazon", .stuck = true}};
  const auto answer = world.Ask(&Admin::SafeToStop, "");
  EXPECT_FALSE(answer->safe());
  ASSERT_THAT(answer->steps(), SizeIs(2));
  EXPECT_EQ(answer->steps(0).lane(), "lanes/amz.orders");
  EXPECT_EQ(answer->steps(0).plugin(), "plugins/amazon");
  EXPECT_EQ(answer->steps(0).generation(), 3);
  EXPECT_TRUE(answer->steps(1).stuck());
}

TEST(SafeToStopTest, NamesCallsWhoseOutcomeIsUnknown_AndNoOthers) {
  ApiWorld world;
  world.MakeAccount();
  world.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutIntent(Intent(1, "SENT", IntentState::kSent)));
    QS_RETURN_IF_ERROR(tx.PutIntent(Intent(2, "DONE", IntentState::kDone)));
    QS_RETURN_IF_ERROR(tx.PutIntent(Intent(3, "LOST", IntentState::kUnknown)));
    QS_RETURN_IF_ERROR(tx.PutIntent(Intent(4, "TAKEN", IntentState::kAccepted)));
    QS_RETURN_IF_ERROR(tx.PutBulk({.id = 7, .account_id = "amz", .state = BulkState::kUnknown}));
    QS_RETURN_IF_ERROR(tx.PutBulk({.id = 8, .account_id = "amz", .state = BulkState::kInWork}));
    QS_RETURN_IF_ERROR(
        tx.PutDespatch({.id = 9, .order_id = 5, .number = 2, .account_id = "amz", .state = DespatchState::kUnknown}));
    return tx.PutDespatch(
        {.id = 10, .order_id = 6, .number = 1, .account_id = "amz", .state = DespatchState::kAccepted});
  });
  const auto answer = world.Ask(&Admin::SafeToStop, "");
  EXPECT_FALSE(answer->safe());
  std::vector<std::string> named;
  for (const auto& outcome : answer->outcomes()) {
    EXPECT_EQ(outcome.account(), "accounts/amz");
    named.push_back(outcome.kind() + " " + outcome.subject() + " " + outcome.state());
  }
  EXPECT_THAT(named, ElementsAre("quantity SENT sent", "quantity LOST unknown", "document 7 unknown",
                                 "package orders/5 package 2 unknown"));
}

TEST(SafeToStopTest, ListsAThousand_AndSaysThatThereAreMore) {
  ApiWorld world;
  world.MakeAccount();
  world.Write([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 1005; ++id) {
      QS_RETURN_IF_ERROR(tx.PutIntent(Intent(id, "S" + std::to_string(id), IntentState::kUnknown)));
    }
    return absl::OkStatus();
  });
  const auto answer = world.Ask(&Admin::SafeToStop, "");
  EXPECT_THAT(answer->outcomes(), SizeIs(1000));
  EXPECT_TRUE(answer->more_outcomes());
}

TEST(HostTest, TellsWhichItIs_AndWhatItTakes) {
  ApiOptions options;
  options.version = "1.2.3";
  options.development = true;
  options.keep_events_us = 30 * kDayUs;
  options.limits = {.calls_per_second = 7, .streams = 5};
  options.remote.listen = "127.0.0.1:0";
  options.remote.max_connections = 9;
  options.remote.max_connections_per_address = 4;
  ApiWorld world(options);
  const TimeUs started = world.clock.Now();
  world.clock.Advance(kHourUs);
  world.MakeAccount();
  const auto info = world.Ask(&Admin::GetHostInfo, "");
  ASSERT_TRUE(info.ok()) << info;
  EXPECT_EQ(info->version(), "1.2.3");
  EXPECT_EQ(info->start_time().seconds(), started / kSecondUs);
  EXPECT_EQ(info->time().seconds(), started / kSecondUs + 3600);
  EXPECT_GT(info->schema(), 0);
  EXPECT_EQ(info->first_revision(), 1);
  EXPECT_EQ(info->last_revision(), 1);
  EXPECT_TRUE(info->development());
  EXPECT_FALSE(info->draining());
  EXPECT_EQ(info->log_level(), api::LOG_LEVEL_INFO);
  EXPECT_EQ(info->remote_address(), world.server->remote_address());
  const auto limits = world.Ask(&Admin::GetLimits, "");
  ASSERT_TRUE(limits.ok()) << limits;
  EXPECT_EQ(limits->max_request_bytes(), 4 << 20);
  EXPECT_EQ(limits->max_header_bytes(), 8 << 10);
  EXPECT_EQ(limits->max_message_depth(), 100);
  EXPECT_EQ(limits->calls_per_second(), 7);
  EXPECT_EQ(limits->streams(), 5);
  EXPECT_EQ(limits->max_connections(), 9);
  EXPECT_EQ(limits->max_connections_per_address(), 4);
  EXPECT_EQ(limits->max_page_size(), 1000);
  EXPECT_EQ(limits->default_deadline().seconds(), 10);
  EXPECT_EQ(limits->max_deadline().seconds(), 60);
  EXPECT_EQ(limits->request_id_lifetime().seconds(), 86'400);
  EXPECT_EQ(limits->event_lifetime().seconds(), 30 * 86'400);
}

TEST(HostTest, WithoutAListenerOnTcp_HasNoLimitsOfOne_AndKeepsEventsForEver) {
  ApiWorld world;
  const auto limits = world.Ask(&Admin::GetLimits, "");
  EXPECT_EQ(limits->max_connections(), 0);
  EXPECT_EQ(limits->max_connections_per_address(), 0);
  EXPECT_FALSE(limits->has_event_lifetime());
  EXPECT_EQ(world.Ask(&Admin::GetHostInfo, "")->remote_address(), "");
}

TEST(LogLevelTest, IsSetWhileTheHostRuns_OnceForEachRequestId) {
  ApiWorld world;
  const auto tried = world.Ask(&Admin::SetLogLevel, "level: LOG_LEVEL_DEBUG validate_only: true");
  EXPECT_EQ(tried->former_level(), api::LOG_LEVEL_INFO);
  EXPECT_EQ(world.log_threshold.get(), LogLevel::kInfo);
  const auto set = world.Ask(&Admin::SetLogLevel, "level: LOG_LEVEL_DEBUG request_id: 'l1'");
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_EQ(set->former_level(), api::LOG_LEVEL_INFO);
  EXPECT_EQ(world.log_threshold.get(), LogLevel::kDebug);
  EXPECT_EQ(world.Ask(&Admin::GetHostInfo, "")->log_level(), api::LOG_LEVEL_DEBUG);
  world.log_threshold.Set(LogLevel::kError);
  EXPECT_EQ(world.Ask(&Admin::SetLogLevel, "level: LOG_LEVEL_DEBUG request_id: 'l1'")->former_level(),
            api::LOG_LEVEL_INFO);
  EXPECT_EQ(world.log_threshold.get(), LogLevel::kError);
  EXPECT_EQ(world.Ask(&Admin::SetLogLevel, "").fields(), std::vector<std::string>{"level"});
  EXPECT_EQ(world.Ask(&Audits::ListAuditRecords, "")->records(0).action(), "AdminService.SetLogLevel");
}

TEST(SafeToStopTest, NamesAnUnknownAllocation_BehindAnyNumberOfOthers) {
  ApiWorld world;
  world.MakeAccount();
  world.Write([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 1005; ++id) {
      QS_RETURN_IF_ERROR(tx.PutOutbound(
          {.id = id, .order_id = id, .number = 1, .account_id = "amz", .phase = OutboundPhase::kAccepted}));
    }
    OutboundRecord lost{
        .id = 1006, .order_id = 1006, .number = 1, .account_id = "amz", .phase = OutboundPhase::kUnknown};
    lost.due_us = 5;
    return tx.PutOutbound(lost);
  });
  const auto answer = world.Ask(&Admin::SafeToStop, "");
  EXPECT_FALSE(answer->safe());
  ASSERT_THAT(answer->outcomes(), SizeIs(1));
  EXPECT_EQ(answer->outcomes(0).kind(), "allocation");
  EXPECT_EQ(answer->outcomes(0).account(), "accounts/amz");
  EXPECT_EQ(answer->outcomes(0).state(), "unknown");
}

TEST(DrainTest, StartsNothingMore_UntilItIsEnded) {
  ApiWorld world;
  const auto drained = world.Ask(&Admin::Drain, "request_id: 'd1'");
  ASSERT_TRUE(drained.ok()) << drained;
  EXPECT_TRUE(drained->drained());
  EXPECT_TRUE(world.engine.draining());
  EXPECT_TRUE(world.Ask(&Admin::SafeToStop, "")->draining());
  ASSERT_TRUE(world.Ask(&Admin::Resume, "").ok());
  EXPECT_FALSE(world.engine.draining());
  EXPECT_THAT(world.EventTexts(), ElementsAre("host.draining host", "host.resumed host"));
}

TEST(DrainTest, NamesWhatIsLeft_WhenItsTimeIsUp) {
  ApiWorld world;
  world.engine.steps = {{.lane_id = "amz.orders", .plugin_id = "amazon"}};
  const auto answer = world.Ask(&Admin::Drain, "patience { seconds: 0 nanos: 1000000 }");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_FALSE(answer->drained());
  EXPECT_THAT(answer->steps(), SizeIs(1));
  // The last one has more seconds than can be counted in microseconds, and would come out as less than one.
  for (const char* wrong : {"seconds: 61", "seconds: 60 nanos: 1000", "seconds: -1", "seconds: 18446744073710"}) {
    const auto refused = world.Ask(&Admin::Drain, std::string("patience { ") + wrong + " }");
    EXPECT_THAT(refused.fields(), ElementsAre("patience")) << wrong;
  }
}

TEST(DrainTest, WaitsNoLongerThanItsCall_AndSaysWhatIsLeft) {
  ApiOptions options;
  options.default_deadline = std::chrono::seconds(10);
  ApiWorld world(options);
  world.engine.steps = {{.lane_id = "amz.orders", .plugin_id = "amazon"}};
  const auto answer = world.Ask(&Admin::Drain, "");
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_THAT(answer->steps(), SizeIs(1));
  EXPECT_LE(world.engine.patience, 9 * kSecondUs);
  EXPECT_GT(world.engine.patience, 0);
  ASSERT_TRUE(world.Ask(&Admin::Drain, "patience { nanos: 5000000 }").ok());
  EXPECT_EQ(world.engine.patience, 5 * kMillisecondUs);
}

TEST(AuditTest, NewestFirst_InPages_OfOneResource) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Admin::Drain, "").ok());
  world.Write([](Tx& tx) -> absl::Status {
    for (int i = 0; i < 3; ++i) {
      QS_RETURN_IF_ERROR(tx.AppendAudit({.time_us = 5,
                                         .actor = "host",
                                         .action = "plugin.active",
                                         .resource = "plugins/amazon",
                                         .outcome = "ok",
                                         .details = {{"version", "1.0.0"}}})
                             .status());
    }
    return absl::OkStatus();
  });
  const auto all = world.Ask(&Audits::ListAuditRecords, "");
  ASSERT_THAT(all->records(), SizeIs(4));
  EXPECT_EQ(all->records(0).sequence(), 4);
  EXPECT_EQ(all->records(3).action(), "AdminService.Drain");
  EXPECT_EQ(all->records(3).actor(), "local");
  EXPECT_EQ(all->records(0).details().at("version"), "1.0.0");
  const auto page = world.Ask(&Audits::ListAuditRecords, "page_size: 2 resource: 'plugins/amazon'");
  ASSERT_THAT(page->records(), SizeIs(2));
  const auto rest = world.Ask(&Audits::ListAuditRecords,
                              "page_size: 2 resource: 'plugins/amazon' page_token: '" + page->next_page_token() + "'");
  ASSERT_THAT(rest->records(), SizeIs(1));
  EXPECT_EQ(rest->records(0).sequence(), 2);
}

}  // namespace
}  // namespace quayside
