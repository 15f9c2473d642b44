// Steps of a post-sale lane against a scripted marketplace, a real store, and a clock that is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/names.h"
#include "host/inventory/testing/store_world.h"
#include "host/orders/post_sale_outcome.h"
#include "host/sync/testing/post_sale_world.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PostSaleStepTest : public ::testing::Test {
 protected:
  PostSaleStepTest() { world_.Open(); }

  std::vector<PostSaleState> Trail(int64_t order) {
    const int64_t id = world_.Action(order).id;
    std::vector<PostSaleState> states;
    for (const PostSaleNote& note : store_.Read([&](ReadTx& tx) { return tx.ListPostSaleNotes(id); }))
      states.push_back(note.state);
    return states;
  }
  OrderState StateOf(int64_t order) {
    return store_.Read([&](ReadTx& tx) { return tx.GetOrder(order); }).state;
  }
  int64_t DeadLetters() {
    return store_.Read([](ReadTx& tx) { return tx.CountDeadLetters(PostSaleWorld::kLane, DeadLetterState::kOpen); });
  }

  StoreWorld store_;
  PostSaleWorld world_{store_.store(), store_.clock, store_.rng(), store_.ids()};
};

TEST_F(PostSaleStepTest, ACancellation_IsHandedOver_Followed_AndDoneToItsOrder) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Cancel(order).ok());
  world_.Settle();
  EXPECT_EQ(world_.State(order), PostSaleState::kAccepted);
  EXPECT_EQ(StateOf(order), OrderState::kOpen);
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kDone);
  EXPECT_EQ(StateOf(order), OrderState::kCancelled);
  EXPECT_THAT(world_.shop.deeds(), ElementsAre("cancel o1"));
  EXPECT_THAT(Trail(order), ElementsAre(PostSaleState::kWaiting, PostSaleState::kSending, PostSaleState::kAccepted,
                                        PostSaleState::kDone));
  EXPECT_THAT(store_.EventTypes(), Contains("cancellation.done"));
  EXPECT_EQ(world_.Settle(), kNever);
}

TEST_F(PostSaleStepTest, WhatTravelsInOneDocument_GoesTogether_AndNothingElse) {
  const int64_t whole = world_.Order("o1");
  const int64_t part = world_.Order("o2");
  const int64_t left = world_.Order("o3", OrderState::kDespatched);
  const int64_t other = world_.Order("o4");
  ASSERT_TRUE(world_.Cancel(whole).ok());
  ASSERT_TRUE(world_.Cancel(part, 1).ok());
  ASSERT_TRUE(world_.Refund(left, 5).ok());
  ASSERT_TRUE(world_.Cancel(other).ok());
  world_.Settle();
  EXPECT_THAT(world_.shop.sizes(), ::testing::UnorderedElementsAre(2, 1, 1));
  EXPECT_EQ(world_.Action(whole).batch, world_.Action(other).batch);
  EXPECT_NE(world_.Action(whole).batch, world_.Action(part).batch);
}

TEST_F(PostSaleStepTest, ALostAnswerOfWhatArrived_IsFound_AndNotPaidTwice) {
  const int64_t order = world_.Order("o1", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(order, 5).ok());
  world_.shop.loses = PostSaleShop::Loses::kAnswer;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kDone);
  EXPECT_THAT(world_.shop.deeds(), ElementsAre("refund o1"));
  EXPECT_THAT(Trail(order), Contains(PostSaleState::kUnknown));
}

TEST_F(PostSaleStepTest, WhatNeverArrived_IsSentAgain_Once) {
  const int64_t order = world_.Order("o1", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(order, 5).ok());
  world_.shop.loses = PostSaleShop::Loses::kRequest;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kDone);
  EXPECT_THAT(world_.shop.deeds(), ElementsAre("refund o1"));
}

TEST_F(PostSaleStepTest, NothingGoes_WhileTheFateOfAnotherIsUnknown) {
  const int64_t first = world_.Order("o1", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(first, 5).ok());
  world_.shop.loses = PostSaleShop::Loses::kAnswer;
  world_.shop.is_undecided = true;
  world_.Settle();
  const int64_t second = world_.Order("o2", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(second, 5).ok());
  world_.Live(30 * kMinuteUs);
  EXPECT_EQ(world_.State(first), PostSaleState::kUnknown);
  EXPECT_EQ(world_.State(second), PostSaleState::kWaiting) << "its document could be taken for the first one's";
  world_.shop.is_undecided = false;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(first), PostSaleState::kDone);
  EXPECT_EQ(world_.State(second), PostSaleState::kDone);
  EXPECT_THAT(world_.shop.deeds(), ElementsAre("refund o1", "refund o2"));
}

TEST_F(PostSaleStepTest, DocumentsOfOthers_AreNamedToTheSearch) {
  const int64_t first = world_.Order("o1", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(first, 5).ok());
  world_.Live(10 * kMinuteUs);
  const int64_t second = world_.Order("o2", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(second, 5).ok());
  world_.shop.loses = PostSaleShop::Loses::kAnswer;
  world_.Live(kHourUs);
  ASSERT_THAT(world_.shop.searches(), SizeIs(1));
  EXPECT_THAT(world_.shop.searches()[0].known_handles(), ElementsAre("feed-1"));
  EXPECT_EQ(world_.Action(second).reference, "feed-2");
}

TEST_F(PostSaleStepTest, WhatCannotBeFoundOut_IsAPersonsAfterAWhile_AndTheOthersGoOn) {
  const int64_t first = world_.Order("o1", OrderState::kDespatched);
  const int64_t second = world_.Order("o2", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(first, 5).ok());
  world_.shop.loses = PostSaleShop::Loses::kAnswer;
  world_.shop.is_undecided = true;
  world_.Settle();
  ASSERT_TRUE(world_.Refund(second, 5).ok());
  world_.Live(kLongestUndecidedUs + kHourUs);
  EXPECT_EQ(world_.State(first), PostSaleState::kUnclear);
  EXPECT_EQ(world_.State(second), PostSaleState::kDone);
}

TEST_F(PostSaleStepTest, AVagueReport_IsSettledByTheOrder) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Cancel(order, 1).ok());
  world_.shop.is_vague = true;
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kUnclear);
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const OrderRecord record, tx.GetOrder(order));
    QS_ASSIGN_OR_RETURN(std::vector<OrderLineRecord> lines, tx.GetOrderLines(order));
    lines[0].cancelled = 1;
    return tx.PutOrder(record, lines);
  });
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kDone);
  EXPECT_EQ(world_.Action(order).reason, "SEEN_ON_ORDER");
}

TEST_F(PostSaleStepTest, WhatIsRefused_IsADeadLetter_UntilItIsRetried) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Cancel(order).ok());
  world_.shop.refuses = {"o1"};
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kFailed);
  EXPECT_EQ(DeadLetters(), 1);
  EXPECT_EQ(StateOf(order), OrderState::kOpen);
  world_.shop.refuses.clear();
  ASSERT_TRUE(world_.Retry(order).ok());
  EXPECT_EQ(DeadLetters(), 0);
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kDone);
}

TEST_F(PostSaleStepTest, ADisabledChannel_HasNoNewTraffic) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Cancel(order).ok());
  world_.Open(false);
  world_.Settle();
  EXPECT_EQ(world_.State(order), PostSaleState::kRejected);
  EXPECT_THAT(world_.shop.methods(), IsEmpty());
  EXPECT_EQ(DeadLetters(), 0);
}

TEST_F(PostSaleStepTest, AnOutage_IsNoAttempt_AndEndsBySending) {
  const int64_t order = world_.Order("o1");
  ASSERT_TRUE(world_.Cancel(order).ok());
  pb::Outcome put_off;
  put_off.mutable_retry()->set_reason("RATE_LIMITED");
  put_off.mutable_retry()->set_at_us(store_.now() + 2 * kMinuteUs);
  world_.shop.answers["o1"] = put_off;
  world_.Settle();
  EXPECT_EQ(world_.State(order), PostSaleState::kWaiting);
  EXPECT_EQ(world_.Action(order).attempts, 0);
  world_.shop.answers.clear();
  world_.Live(kHourUs);
  EXPECT_EQ(world_.State(order), PostSaleState::kDone);
}

TEST_F(PostSaleStepTest, AFencedStep_StoresNothingOfItsAnswer) {
  const int64_t order = world_.Order("o1", OrderState::kDespatched);
  ASSERT_TRUE(world_.Refund(order, 5).ok());
  const StepInputs old = world_.Inputs(1);
  LaneRecord newer = old.lane;
  newer.epoch = 2;
  store_.Write([&](Tx& tx) { return tx.CommitLane({newer, newer.cursor}); });
  EXPECT_TRUE(HasReason(RunPostSaleStep(old).status, Reason::kLaneFenced));
  EXPECT_THAT(world_.shop.deeds(), IsEmpty());
}

}  // namespace
}  // namespace quayside
