// The history of a fresh orders lane: after the live window, in pieces, beside it.
#include "host/sync/order_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/orders/testing/order_builder.h"
#include "host/sync/backfill.h"
#include "host/sync/order_restart.h"
#include "host/sync/testing/step_fixture.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Answers pages by what it is asked for.
class HistoryShop final : public PluginCaller {
 public:
  std::vector<pb::PullOrdersRequest> asked;
  pb::PullOrdersReply next;
  absl::Status failure;

  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& bytes) override {
    EXPECT_STREQ(method, "pull");
    pb::PullOrdersRequest& request = asked.emplace_back();
    EXPECT_TRUE(request.ParseFromString(bytes));
    if (!failure.ok()) return failure;
    return next.SerializeAsString();
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }
};

class OrderHistoryTest : public StepFixture {
 protected:
  OrderHistoryTest() {
    Offer("order_sync/1");
    world_.AddChannel("de");
  }

  LaneRecord Lane() { return Claimed("acc.orders", Job::kOrders); }

  void Restart() {
    world_.Write([&](Tx& tx) { return RestartOrders(tx, world_.now(), "acc", history_us_); });
  }

  // The next page; `to_us`: where its position is then.
  StepOutcome Step(TimeUs to_us, const std::vector<pb::Order>& orders = {}, bool has_more = false,
                   TimeUs next_poll_us = 0) {
    shop_.next.Clear();
    for (const pb::Order& order : orders) *shop_.next.add_orders() = order;
    shop_.next.mutable_next_cursor()->set_schema(1);
    shop_.next.mutable_next_cursor()->set_state("at " + std::to_string(to_us));
    shop_.next.mutable_next_cursor()->set_watermark_us(to_us);
    shop_.next.set_has_more(has_more);
    shop_.next.set_next_poll_us(next_poll_us);
    StepInputs in = InputsOf(Lane(), shop_);
    in.history_us = history_us_;
    return RunOrderStep(in);
  }
  StepOutcome LiveStep() { return Step(world_.now(), {}, false, world_.now() + 4 * kMinuteUs); }
  const pb::PullOrdersRequest& Asked() { return shop_.asked.back(); }

  HistoryShop shop_;
  DurationUs history_us_ = 100 * kDayUs;
};

TEST_F(OrderHistoryTest, TheLiveWindowComesFirst_ThenPiecesGoBackToTheEnd) {
  const TimeUs start = world_.now() - 7 * kDayUs;
  EXPECT_TRUE(Step(start + kDayUs, {}, true).more);
  EXPECT_EQ(Asked().changed_from_us(), start);
  EXPECT_FALSE(Asked().has_cursor()) << "nothing was read yet";
  EXPECT_EQ(Asked().changed_to_us(), 0) << "the live lane has an open end";
  StepOutcome outcome = LiveStep();
  EXPECT_TRUE(outcome.more) << "history comes at once";

  outcome = Step(start, {MakeOrder("old", pb::ORDER_STATUS_SHIPPED, start - kDayUs, {{"l1", "S"}})});
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_FALSE(Asked().has_cursor() && Asked().cursor().schema() != 0) << "a position of its own";
  EXPECT_EQ(Asked().changed_from_us(), start - 30 * kDayUs);
  EXPECT_EQ(Asked().changed_to_us(), start);
  EXPECT_FALSE(Asked().without_personal_data());
  EXPECT_EQ(Lane().cursor.watermark_us, world_.now()) << "the lane's position stays";
  EXPECT_EQ(Lane().backfill.reached_us, start - 30 * kDayUs);
  EXPECT_EQ(Lane().backfill.orders, 1);
  EXPECT_TRUE(outcome.more);

  // A piece of several pages goes on where it was.
  Step(start - 40 * kDayUs, {}, true);
  EXPECT_TRUE(Asked().without_personal_data());
  EXPECT_EQ(Lane().backfill.reached_us, start - 30 * kDayUs);
  Step(start - 30 * kDayUs);
  EXPECT_EQ(Asked().cursor().watermark_us(), start - 40 * kDayUs);
  EXPECT_EQ(Lane().backfill.reached_us, start - 60 * kDayUs);
  outcome = Step(start - 60 * kDayUs);
  EXPECT_EQ(Asked().changed_from_us(), world_.now() - history_us_) << "no further than it is to go";
  EXPECT_FALSE(IsUnderWay(Lane().backfill));
  EXPECT_FALSE(outcome.more);
  EXPECT_EQ(outcome.next_run_us, world_.now() + 4 * kMinuteUs);
  EXPECT_THAT(world_.EventTypes(), testing::Contains("lane.backfilled"));
}

TEST_F(OrderHistoryTest, TheLiveWindowIsLookedAtOnItsTime_WhateverIsLeftOfHistory) {
  LiveStep();
  Step(world_.now() - 7 * kDayUs);
  world_.clock.Advance(4 * kMinuteUs);
  LiveStep();
  EXPECT_EQ(Asked().changed_to_us(), 0);
  EXPECT_EQ(Asked().cursor().watermark_us(), world_.now() - 4 * kMinuteUs);
}

TEST_F(OrderHistoryTest, AfterAFailure_TheLiveWindowComesFirst) {
  LiveStep();
  LaneRecord failed = Lane();
  failed.failures = 1;
  world_.Write([&](Tx& tx) { return tx.PutLaneControl(failed); });
  LiveStep();
  EXPECT_EQ(Asked().changed_to_us(), 0);
}

TEST_F(OrderHistoryTest, IsReadOnSpareAllowanceOnly) {
  budgets_.Declare("acc", "search", 0.001, 3);
  EXPECT_FALSE(budgets_.Take("acc", "search", "acc.orders").has_value());
  EXPECT_TRUE(LiveStep().more) << "two are left: one is spare";
  EXPECT_FALSE(budgets_.Take("acc", "search", "acc.orders").has_value());
  const StepOutcome outcome = Step(world_.now() - 7 * kDayUs);
  EXPECT_NE(Asked().changed_to_us(), 0);
  EXPECT_FALSE(outcome.more) << "the last one is the live window's";
  EXPECT_EQ(outcome.next_run_us, world_.now() + 4 * kMinuteUs);
  LiveStep();
  EXPECT_EQ(Asked().changed_to_us(), 0);
  EXPECT_TRUE(IsUnderWay(Lane().backfill));
}

TEST_F(OrderHistoryTest, NoHistoryIsRead_WhenNoneIsWanted_OrItsBeginIsNotKnown) {
  history_us_ = 0;
  EXPECT_FALSE(LiveStep().more);
  history_us_ = 100 * kDayUs;
  LaneRecord older = Lane();
  older.backfill = {};
  world_.Write([&](Tx& tx) { return tx.PutLaneControl(older); });
  EXPECT_FALSE(LiveStep().more);
}

TEST_F(OrderHistoryTest, ARestartedLane_ReadsRecentDaysFirst_ThenItsHistoryAgain) {
  LiveStep();
  Step(world_.now() - 7 * kDayUs);
  world_.clock.Advance(20 * kDayUs);
  Restart();
  EXPECT_EQ(Lane().cursor, CursorRecord{}) << "no raise until the live window is through";
  LiveStep();
  EXPECT_FALSE(Asked().has_cursor());
  EXPECT_EQ(Asked().changed_from_us(), world_.now() - 7 * kDayUs);
  EXPECT_EQ(Asked().changed_to_us(), 0);
  Step(world_.now() - 7 * kDayUs);
  EXPECT_EQ(Asked().changed_to_us(), world_.now() - 7 * kDayUs);
  EXPECT_EQ(Lane().backfill.from_us, world_.now() - history_us_);
  EXPECT_TRUE(IsUnderWay(Lane().backfill));
}

TEST_F(OrderHistoryTest, AFirstStepThatBeganBeforeTheRestart_IsRefused) {
  const LaneRecord claimed = Lane();
  Restart();
  shop_.next.mutable_next_cursor()->set_schema(1);
  shop_.next.mutable_next_cursor()->set_state("of one channel only");
  EXPECT_TRUE(HasReason(RunOrderStep(InputsOf(claimed, shop_)).status, Reason::kLaneFenced));
  EXPECT_EQ(Lane().cursor, CursorRecord{});
  EXPECT_TRUE(LiveStep().status.ok()) << "the next one knows";
}

TEST_F(OrderHistoryTest, AStepThatFails_LeavesItsPieceAsItWas) {
  LiveStep();
  const BackfillRecord before = Lane().backfill;
  shop_.failure = absl::UnavailableError("no answer");
  EXPECT_FALSE(Step(1).status.ok());
  EXPECT_EQ(Lane().backfill, before);
}

}  // namespace
}  // namespace quayside
