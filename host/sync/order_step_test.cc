// Pages of orders, and orders asked for one by one: steps of an orders lane with a scripted plugin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/orders/testing/order_builder.h"
#include "host/sync/testing/steps_fixture.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

class OrderStepTest : public StepsFixture {};

TEST_F(OrderStepTest, StoresPagePositionAndEventsTogether) {
  const StepOutcome outcome =
      PullPage(Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l", "MUG"}})}, 100));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.items, 1);
  EXPECT_EQ(Lane(Job::kOrders).cursor.watermark_us, 100);
  EXPECT_TRUE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
  EXPECT_EQ(EventCount(), 1);
}

TEST_F(OrderStepTest, TheSamePageAgain_ChangesNothing) {
  const std::string page = Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l", "MUG"}})}, 100);
  ASSERT_TRUE(PullPage(page).status.ok());
  const int64_t events = EventCount();
  const StepOutcome again = PullPage(page);
  EXPECT_TRUE(again.status.ok());
  EXPECT_EQ(again.items, 0);
  EXPECT_EQ(EventCount(), events);
}

TEST_F(OrderStepTest, AnOrderTheHostRefuses_BecomesADeadLetter_AndTheRestGoesOn) {
  const StepOutcome outcome = PullPage(Page(
      {MakeOrder("", pb::ORDER_STATUS_OPEN, 1, {}), MakeOrder("2", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 100));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.bad_records, 1);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountDeadLetters("acc.orders", DeadLetterState::kOpen); }), 1);
  EXPECT_TRUE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "2"); }).has_value());
}

TEST_F(OrderStepTest, AWatermarkThatGoesBack_OrAForeignSchema_IsAFault_AndNothingIsStored) {
  ASSERT_TRUE(PullPage(Page({}, 100)).status.ok());
  for (const std::string& page : {Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 99),
                                  Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 200, 2)}) {
    EXPECT_TRUE(HasReason(PullPage(page).status, Reason::kPluginFault));
  }
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
  EXPECT_EQ(Lane(Job::kOrders).cursor.watermark_us, 100);
}

TEST_F(OrderStepTest, OfAnOlderClaim_IsFenced_AndNothingIsStored) {
  ASSERT_TRUE(PullPage(Page({}, 100), 5).status.ok());
  const StepOutcome late = PullPage(Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 200), 4);
  EXPECT_TRUE(HasReason(late.status, Reason::kLaneFenced)) << late.status;
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
}

// The lane's row, and the fence with it, went with the account; the step was on its first page.
TEST_F(OrderStepTest, OfAnAccountDeletedMeanwhile_StoresNothing) {
  plugin_.answer = [&](const std::string&, const std::string&) {
    world_.Write([](Tx& tx) { return tx.DeleteAccount("acc"); });
    return Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l", "MUG"}})}, 100);
  };
  const StepOutcome outcome = RunOrderStep(Inputs(Lane(Job::kOrders)));
  EXPECT_TRUE(HasReason(outcome.status, Reason::kAccountNotFound)) << outcome.status;
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindLane("acc.orders"); }).has_value());
}

TEST_F(OrderStepTest, AnOrderPage_NamesTheAccountsWhoseRaisesWaitedForIt) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  brings_orders_ = true;
  world_.SetLevel(item, 8);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_THAT(PullPage(Page({}, world_.now() - 1)).accounts_with_changed_targets, testing::IsEmpty());
  EXPECT_THAT(PullPage(Page({}, world_.now() + 1)).accounts_with_changed_targets, testing::ElementsAre("acc"));
}

// Dead letters of orders that a person retried are asked for by id, before the page.
class OrderRecoveryTest : public StepsFixture {
 protected:
  OrderRecoveryTest() {
    manifest_.mutable_contracts(0)->add_methods("pull");
    manifest_.mutable_contracts(0)->add_methods("get");
  }
  int64_t Retried(const std::string& key) {
    const int64_t id = world_.ids().Next();
    world_.Write([&](Tx& tx) {
      return tx.PutDeadLetter({.id = id,
                               .lane_id = "acc.orders",
                               .key = key,
                               .reason = "bad",
                               .raw = "sealed:raw",
                               .state = DeadLetterState::kRetrying});
    });
    return id;
  }
  DeadLetterRecord Letter(int64_t id) {
    return world_.Read([&](ReadTx& tx) { return tx.GetDeadLetter(id); });
  }
  std::vector<DeadLetterRecord> Open() {
    return world_.Read(
        [](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = "acc.orders", .state = DeadLetterState::kOpen}); });
  }
  StepOutcome Step(const pb::GetOrdersReply& reply) {
    plugin_.answer = [this, reply](const std::string& method,
                                   const std::string& request) -> absl::StatusOr<std::string> {
      if (method != "get") return Page({}, world_.now());
      pb::GetOrdersRequest wanted;
      EXPECT_TRUE(wanted.ParseFromString(request));
      asked_.assign(wanted.external_ids().begin(), wanted.external_ids().end());
      return reply.SerializeAsString();
    };
    return RunOrderStep(Inputs(Lane(Job::kOrders)));
  }
  std::vector<std::string> asked_;
};

TEST_F(OrderRecoveryTest, ARetriedLetter_IsAskedForById_AndClosedWithItsOrder) {
  const int64_t taken = Retried("1");
  const int64_t gone = Retried("2");
  const int64_t bad = Retried("3");
  const int64_t unreached = Retried("4");
  pb::GetOrdersReply reply;
  *reply.add_orders() = MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l1", "S", 1}});
  reply.add_not_found("2");
  reply.add_bad_records()->set_key("3");
  reply.mutable_bad_records(0)->set_reason("still bad");
  const StepOutcome outcome = Step(reply);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.items, 1);
  EXPECT_THAT(asked_, testing::UnorderedElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(world_.Order("acc", "1").state, OrderState::kOpen);
  EXPECT_EQ(Letter(taken).state, DeadLetterState::kRetried);
  EXPECT_EQ(Letter(taken).note, "taken in");
  EXPECT_EQ(Letter(gone).state, DeadLetterState::kRetried);
  EXPECT_EQ(Letter(bad).state, DeadLetterState::kRetried);
  EXPECT_EQ(Letter(unreached).state, DeadLetterState::kRetrying);
  std::map<std::string, DeadLetterRecord> open;
  for (const DeadLetterRecord& letter : Open()) open[letter.key] = letter;
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open["2"].reason, "the marketplace does not know this order");
  EXPECT_EQ(open["2"].raw, "sealed:raw");
  EXPECT_EQ(open["3"].reason, "still bad");
}

TEST_F(OrderRecoveryTest, APageComesIn_AlthoughTheMarketplaceRefusesToBeAsked_AndTheLetterWaits) {
  const int64_t letter = Retried("1");
  plugin_.answer = [this](const std::string& method, const std::string&) -> absl::StatusOr<std::string> {
    if (method == "get") return MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "down");
    return Page({MakeOrder("9", pb::ORDER_STATUS_OPEN, world_.now(), {{"l1", "S", 1}})}, world_.now());
  };
  const StepOutcome outcome = RunOrderStep(Inputs(Lane(Job::kOrders)));
  EXPECT_TRUE(HasReason(outcome.status, Reason::kChannelUnavailable)) << outcome.status;
  EXPECT_EQ(world_.Order("acc", "9").state, OrderState::kOpen);
  EXPECT_EQ(outcome.lane.cursor.watermark_us, world_.now());
  EXPECT_EQ(Letter(letter).state, DeadLetterState::kRetrying);
}

TEST_F(OrderRecoveryTest, AnOrderOverWhichEveryCallFails_IsAPersonsAfterAWhile_AndTheOthersComeIn) {
  const int64_t fine = Retried("1");
  const int64_t poison = Retried("2");  // the newest are asked for first
  plugin_.answer = [this](const std::string& method, const std::string& bytes) -> absl::StatusOr<std::string> {
    if (method != "get") return Page({}, world_.now());
    pb::GetOrdersRequest wanted;
    EXPECT_TRUE(wanted.ParseFromString(bytes));
    if (wanted.external_ids(0) == "2")
      return MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "HTTP 500");
    pb::GetOrdersReply reply;
    *reply.add_orders() = MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l1", "S", 1}});
    return reply.SerializeAsString();
  };
  int failed = 0;
  while (failed < 20 && !RunOrderStep(Inputs(Lane(Job::kOrders))).status.ok()) ++failed;
  EXPECT_EQ(failed, 5) << "an outage is not the order's fault";
  EXPECT_EQ(Letter(poison).state, DeadLetterState::kRetried);
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_EQ(Open()[0].key, "2");
  EXPECT_THAT(Open()[0].reason, HasSubstr("HTTP 500"));
  EXPECT_EQ(Letter(fine).note, "taken in");
}

TEST_F(OrderRecoveryTest, AnOrderThePluginCannotBeAskedFor_IsOpenAgain) {
  manifest_.mutable_contracts(0)->clear_methods();
  const int64_t letter = Retried("1");
  EXPECT_TRUE(Step({}).status.ok());
  EXPECT_THAT(asked_, testing::IsEmpty());
  EXPECT_EQ(Letter(letter).state, DeadLetterState::kRetried);
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_EQ(Open()[0].reason, "the plugin cannot ask for single orders");
}

// What the merchant sees as "last order sync".
TEST_F(OrderStepTest, LastOrderSync_IsTheOldestOrderOfTheLatestSync_WhenItIsOver) {
  const TimeUs now = world_.now();
  pb::PullOrdersReply first;
  ASSERT_TRUE(
      first.ParseFromString(Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, now - kHourUs, {{"l1", "S", 1}})}, now - 2)));
  first.set_has_more(true);
  StepOutcome outcome = PullPage(first.SerializeAsString());
  EXPECT_EQ(outcome.lane.oldest_order_us, 0) << "the sync is under way";
  outcome = PullPage(Page({MakeOrder("2", pb::ORDER_STATUS_OPEN, now - 1, {{"l1", "S", 1}})}, now - 1));
  EXPECT_EQ(outcome.lane.oldest_order_us, now - kHourUs);
  outcome = PullPage(Page({}, now));
  EXPECT_EQ(outcome.lane.oldest_order_us, now - kHourUs) << "nothing came";
  outcome = PullPage(Page({MakeOrder("3", pb::ORDER_STATUS_OPEN, now, {{"l1", "S", 1}})}, now));
  EXPECT_EQ(outcome.lane.oldest_order_us, now);
  EXPECT_EQ(Lane(Job::kOrders).oldest_order_us, now) << "stored";
}

}  // namespace
}  // namespace quayside
