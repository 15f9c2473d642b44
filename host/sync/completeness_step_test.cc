// Orders compared with another list of them: steps of a completeness and an orders lane with a marketplace a test
// holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/orders/testing/order_builder.h"
#include "host/sync/completeness.h"
#include "host/sync/testing/step_fixture.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListingShop final : public PluginCaller {
 public:
  explicit ListingShop(const Clock& clock) : clock_(clock) {}

  std::map<std::string, pb::Order> orders;
  std::set<std::string> hidden;  // from "pull"
  std::set<std::string> gone;    // "get" does not know them
  std::set<std::string> echoes;  // no sales
  bool waits = false;            // the list is not made yet
  absl::Status failure;          // of "enumerate"
  std::vector<pb::EnumerateOrdersRequest> asked;

  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& request) override {
    const std::string name = method;
    if (name == "pull") return Pull();
    return name == "get" ? Get(request) : Enumerate(request);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }

 private:
  std::string Pull() {
    pb::PullOrdersReply reply;
    for (const auto& [id, order] : orders) {
      if (!hidden.contains(id)) *reply.add_orders() = order;
    }
    reply.mutable_next_cursor()->set_schema(1);
    reply.mutable_next_cursor()->set_state("at " + std::to_string(clock_.Now()));
    reply.mutable_next_cursor()->set_watermark_us(clock_.Now());
    return reply.SerializeAsString();
  }
  std::string Get(const std::string& bytes) {
    pb::GetOrdersRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    pb::GetOrdersReply reply;
    for (const std::string& id : request.external_ids()) {
      if (gone.contains(id)) {
        reply.add_not_found(id);
      } else {
        *reply.add_orders() = orders.at(id);
      }
    }
    return reply.SerializeAsString();
  }
  absl::StatusOr<std::string> Enumerate(const std::string& bytes) {
    EXPECT_TRUE(asked.emplace_back().ParseFromString(bytes));
    if (!failure.ok()) return failure;
    pb::EnumerateOrdersReply reply;
    reply.mutable_next_cursor()->set_schema(1);
    reply.mutable_next_cursor()->set_state("waiting");
    reply.set_has_more(waits);
    if (waits) {
      reply.set_next_poll_us(clock_.Now() + kMinuteUs);
      reply.set_progress("waiting for a report");
      return reply.SerializeAsString();
    }
    for (const auto& [id, order] : orders) {
      const bool inside =
          order.updated_us() >= asked.back().changed_from_us() && order.updated_us() < asked.back().changed_to_us();
      if (!inside) continue;
      pb::EnumeratedOrder* named = reply.add_orders();
      named->set_external_id(id);
      named->set_marketplace(order.marketplace());
      named->set_no_sale(echoes.contains(id));
    }
    return reply.SerializeAsString();
  }

  const Clock& clock_;
};

class CompletenessStepTest : public StepFixture {
 protected:
  CompletenessStepTest() {
    Offer("order_sync/1", {"pull", "get", "enumerate"});
    world_.AddChannel("de");
    world_.AddChannel("fr", [](ChannelRecord& channel) { channel.enabled = false; });
    PullOrders();
    world_.clock.Advance(kDayUs);
  }

  void Sell(const std::string& id) {
    shop_.orders[id] = MakeOrder(id, pb::ORDER_STATUS_OPEN, world_.now() - 2 * kHourUs, {{id + "-1", "MUG"}});
  }

  StepInputs Inputs(const std::string& lane_id, Job job) {
    StepInputs in = InputsOf(Claimed(lane_id, job), shop_);
    in.completeness_us = kDayUs;
    return in;
  }
  void PullOrders() {
    const StepOutcome outcome = RunOrderStep(Inputs("acc.orders", Job::kOrders));
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  }
  StepOutcome Compare() { return RunCompletenessStep(Inputs("acc.completeness", Job::kCompleteness)); }
  CompletenessRecord Record() {
    return world_.Read([](ReadTx& tx) { return tx.FindCompleteness("acc"); }).value_or(CompletenessRecord());
  }
  bool IsStored(const std::string& id) {
    return world_.Read([&](ReadTx& tx) { return tx.FindOrder("acc", id); }).has_value();
  }

  ListingShop shop_{world_.clock};
};

TEST_F(CompletenessStepTest, WhenAllIsThere_TheProofMovesOn) {
  Sell("A");
  PullOrders();
  const StepOutcome outcome = Compare();
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(Record().named, 1);
  EXPECT_EQ(Record().missing, 0);
  EXPECT_EQ(Record().checked_to_us, world_.now() - kSpanSettlesUs);
  EXPECT_EQ(outcome.next_run_us, NextComparisonUs(Record(), kDayUs));
  ASSERT_EQ(shop_.asked.size(), 1U);
  EXPECT_EQ(shop_.asked[0].changed_to_us(), Record().to_us);
  EXPECT_THAT(shop_.asked[0].marketplaces(), ElementsAre("mp-de")) << "of enabled channels only";
}

TEST_F(CompletenessStepTest, AMissingOrder_IsTold_Fetched_AndCounted) {
  Sell("A");
  Sell("B");
  Sell("ECHO");
  shop_.hidden = {"B", "ECHO"};
  shop_.echoes = {"ECHO"};
  PullOrders();
  const int64_t revision = world_.LastRevision();
  ASSERT_TRUE(Compare().status.ok());
  EXPECT_EQ(Record().named, 2);
  EXPECT_EQ(Record().missing, 1);
  EXPECT_THAT(world_.EventTypes(revision), Contains("order.missing"));
  EXPECT_FALSE(IsStored("B"));
  PullOrders();
  EXPECT_TRUE(IsStored("B"));
  EXPECT_FALSE(IsStored("ECHO"));
  EXPECT_EQ(Record().recovered_total, 1);
  EXPECT_EQ(Record().missing_total, 1);
  EXPECT_THAT(world_.EventTypes(revision), Contains("order.recovered"));
  // Known from now on.
  world_.clock.Advance(2 * kDayUs);
  PullOrders();
  ASSERT_TRUE(Compare().status.ok());
  EXPECT_EQ(Record().missing, 0);
  EXPECT_EQ(Record().missing_total, 1);
}

TEST_F(CompletenessStepTest, OneThatCannotBeHad_StaysADeadLetter_AndIsNotFoundTwice) {
  Sell("B");
  shop_.hidden = {"B"};
  shop_.gone = {"B"};
  PullOrders();
  ASSERT_TRUE(Compare().status.ok());
  PullOrders();
  EXPECT_EQ(Record().recovered_total, 0);
  const auto open = world_.Read([](ReadTx& tx) { return tx.FindOpenDeadLetter("acc.orders", "B"); });
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->reason, "the marketplace does not know this order");
  world_.clock.Advance(2 * kDayUs);
  PullOrders();
  ASSERT_TRUE(Compare().status.ok());
  EXPECT_EQ(Record().missing, 0);
}

TEST_F(CompletenessStepTest, AReportThatIsNotMadeYet_IsWaitedFor_WithinTheSameSpan) {
  Sell("A");
  PullOrders();
  shop_.waits = true;
  const StepOutcome waiting = Compare();
  ASSERT_TRUE(waiting.status.ok());
  EXPECT_EQ(waiting.next_run_us, world_.now() + kMinuteUs);
  EXPECT_FALSE(waiting.more);
  EXPECT_EQ(waiting.lane.progress, "waiting for a report");
  EXPECT_EQ(Record().done_us, 0);
  world_.clock.Advance(kHourUs);
  shop_.waits = false;
  ASSERT_TRUE(Compare().status.ok());
  ASSERT_EQ(shop_.asked.size(), 2U);
  EXPECT_FALSE(shop_.asked[0].has_cursor() && !shop_.asked[0].cursor().state().empty());
  EXPECT_EQ(shop_.asked[1].cursor().state(), "waiting");
  EXPECT_EQ(shop_.asked[1].changed_to_us(), shop_.asked[0].changed_to_us());
  EXPECT_EQ(Record().checks, 1);
}

// The plugin may have ordered a report for it: another span would order another one.
TEST_F(CompletenessStepTest, ASpanWhoseFirstAnswerIsLost_IsTheSameAfterwards) {
  PullOrders();
  shop_.failure = absl::UnavailableError("the host was killed here");
  EXPECT_FALSE(Compare().status.ok());
  shop_.failure = absl::OkStatus();
  world_.clock.Advance(3 * kHourUs);
  PullOrders();
  ASSERT_TRUE(Compare().status.ok());
  ASSERT_EQ(shop_.asked.size(), 2U);
  EXPECT_EQ(shop_.asked[1].changed_from_us(), shop_.asked[0].changed_from_us());
  EXPECT_EQ(shop_.asked[1].changed_to_us(), shop_.asked[0].changed_to_us());
}

TEST_F(CompletenessStepTest, ASpanThatNeverEnds_IsGivenUp_ForOneThatCoversIt) {
  PullOrders();
  shop_.waits = true;
  ASSERT_TRUE(Compare().status.ok());
  world_.clock.Advance(kSpanGivenUpUs);
  PullOrders();
  ASSERT_TRUE(Compare().status.ok());
  ASSERT_EQ(shop_.asked.size(), 2U);
  EXPECT_TRUE(shop_.asked[1].cursor().state().empty());
  EXPECT_EQ(shop_.asked[1].changed_to_us(), world_.now() - kSpanSettlesUs);
  EXPECT_EQ(Record().checked_to_us, 0) << "nothing was compared yet";
}

TEST_F(CompletenessStepTest, BehindTheOrdersLane_NothingIsCalledMissing) {
  // The orders lane is where it was a day ago: what was sold since is late, not missing.
  Sell("A");
  ASSERT_TRUE(Compare().status.ok());
  ASSERT_EQ(shop_.asked.size(), 1U);
  EXPECT_LE(shop_.asked[0].changed_to_us(), world_.now() - kDayUs);
  EXPECT_EQ(Record().missing, 0);
}

TEST_F(CompletenessStepTest, BeforeItsTime_NothingIsAsked_UnlessSomebodyAsks) {
  PullOrders();
  ASSERT_TRUE(Compare().status.ok());
  world_.clock.Advance(kHourUs);
  PullOrders();
  EXPECT_EQ(Compare().next_run_us, NextComparisonUs(Record(), kDayUs));
  EXPECT_EQ(shop_.asked.size(), 1U);
  world_.Write([&](Tx& tx) {
    return tx.PutRun({.id = world_.ids().Next(), .lane_id = "acc.completeness", .state = RunState::kQueued});
  });
  ASSERT_TRUE(Compare().status.ok());
  EXPECT_EQ(shop_.asked.size(), 2U);
}

TEST_F(CompletenessStepTest, APositionThePluginCannotRead_BeginsTheSpanAgain) {
  PullOrders();
  shop_.waits = true;
  ASSERT_TRUE(Compare().status.ok());
  shop_.failure = absl::InvalidArgumentError("this cursor is not mine");
  EXPECT_FALSE(Compare().status.ok());
  EXPECT_EQ(Record().cursor, CursorRecord{});
  shop_.failure = absl::OkStatus();
  ASSERT_TRUE(Compare().status.ok());
  EXPECT_TRUE(shop_.asked.back().cursor().state().empty());
  EXPECT_EQ(shop_.asked.back().changed_to_us(), shop_.asked.front().changed_to_us());
}

TEST_F(CompletenessStepTest, WithoutAnEnabledChannel_NothingIsAsked) {
  PullOrders();
  world_.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("de"));
    channel.enabled = false;
    return tx.PutChannel(channel, "test");
  });
  ASSERT_TRUE(Compare().status.ok());
  EXPECT_THAT(shop_.asked, IsEmpty());
}

}  // namespace
}  // namespace quayside
