// What the marketplace's word makes of a cancellation or refund.
#include "host/orders/post_sale_outcome.h"

#include <gtest/gtest.h>

#include <limits>

#include "host/orders/despatch_outcome.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr TimeUs kPostSaleNow = 1'000 * kHourUs;
constexpr DurationUs kBackoff = 5 * kMinuteUs;

PostSaleRecord Action(PostSaleState state, PostSaleKind kind = PostSaleKind::kRefund) {
  return {.id = 1, .kind = kind, .state = state, .batch = 9, .sent_us = kPostSaleNow - kMinuteUs, .attempts = 1};
}

TEST(PostSaleOutcomeTest, DoneAndRefused_AreTheEnd) {
  pb::Outcome outcome;
  outcome.mutable_done()->set_reference("feed 1");
  PostSaleRecord action = Action(PostSaleState::kAccepted);
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kDone);
  EXPECT_EQ(action.reference, "feed 1");
  outcome.mutable_rejected()->set_reason("ORDER_NOT_FOUND");
  action = Action(PostSaleState::kSending);
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kFailed);
  EXPECT_EQ(action.reason, "ORDER_NOT_FOUND");
}

TEST(PostSaleOutcomeTest, PutOffByAnAllowance_IsNoAttempt) {
  pb::Outcome outcome;
  outcome.mutable_retry()->set_reason("RATE_LIMITED");
  outcome.mutable_retry()->set_at_us(kPostSaleNow + kMinuteUs);
  PostSaleRecord action = Action(PostSaleState::kSending);
  EXPECT_FALSE(TakeOutcome(outcome, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kWaiting);
  EXPECT_EQ(action.due_us, kPostSaleNow + kMinuteUs);
  EXPECT_EQ(action.attempts, 0);
  EXPECT_EQ(action.batch, 0);
  EXPECT_EQ(action.sent_us, 0) << "nothing went";
}

TEST(PostSaleOutcomeTest, AfterTooManyAttempts_ItFailed) {
  pb::Outcome outcome;
  outcome.mutable_retry()->set_reason("FEED_CANCELLED");
  PostSaleRecord action = Action(PostSaleState::kAccepted);
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kWaiting);
  EXPECT_GE(action.due_us, kPostSaleNow + kBackoff);
  action = Action(PostSaleState::kAccepted);
  action.attempts = kMostAttempts;
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kFailed);
}

TEST(PostSaleOutcomeTest, ALostAnswer_IsAskedAbout_NotSentAgain) {
  pb::Outcome outcome;
  outcome.mutable_unknown()->set_message("no answer");
  PostSaleRecord action = Action(PostSaleState::kSending);
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kUnknown);
  EXPECT_EQ(action.sent_by_us, kPostSaleNow);
  action = Action(PostSaleState::kSending);
  EXPECT_TRUE(TakeOutcome(pb::Outcome(), kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kUnknown) << "a plugin that says nothing";
  action = Action(PostSaleState::kSending);
  TakeLostAnswer("killed", kPostSaleNow + kMinuteUs, kPostSaleNow, action);
  EXPECT_EQ(action.due_us, kPostSaleNow + kMinuteUs) << "the hand-over may still be under way";
}

TEST(PostSaleOutcomeTest, AReportThatLeavesItOpen_IsUnclear_ForTheOrderOrAPersonToTell) {
  pb::Outcome outcome;
  outcome.mutable_unknown()->set_message("FATAL");
  PostSaleRecord refund = Action(PostSaleState::kAccepted);
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, refund));
  EXPECT_EQ(refund.state, PostSaleState::kUnclear);
  EXPECT_EQ(refund.due_us, std::numeric_limits<TimeUs>::max());
  PostSaleRecord cancellation = Action(PostSaleState::kAccepted, PostSaleKind::kCancel);
  EXPECT_TRUE(TakeOutcome(outcome, kPostSaleNow, kBackoff, cancellation));
  EXPECT_EQ(cancellation.due_us, kPostSaleNow + kLookAtOrderUs);
}

TEST(PostSaleFoundTest, FoundIsPolled_AbsentGoesAgain_UndecidedEndsWithAPerson) {
  pb::FindPostSaleReply found;
  found.set_answer(pb::FindPostSaleReply::ANSWER_FOUND);
  found.set_handle("feed-7");
  PostSaleRecord action = Action(PostSaleState::kUnknown);
  EXPECT_TRUE(TakeFound(found, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kAccepted);
  EXPECT_EQ(action.handle, "feed-7");
  found.set_answer(pb::FindPostSaleReply::ANSWER_ABSENT);
  action = Action(PostSaleState::kUnknown);
  EXPECT_TRUE(TakeFound(found, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kWaiting);
  found.set_answer(pb::FindPostSaleReply::ANSWER_UNDECIDED);
  action = Action(PostSaleState::kUnknown);
  action.sent_by_us = kPostSaleNow - kMinuteUs;
  EXPECT_FALSE(TakeFound(found, kPostSaleNow, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kUnknown);
  EXPECT_GT(action.due_us, kPostSaleNow);
  EXPECT_TRUE(TakeFound(found, kPostSaleNow + kLongestUndecidedUs, kBackoff, action));
  EXPECT_EQ(action.state, PostSaleState::kUnclear);
}

}  // namespace
}  // namespace quayside
