#include "host/inventory/oversell_window.h"

#include <gtest/gtest.h>

#include "host/inventory/may_show.h"

namespace quayside {
namespace {

constexpr TimeUs kWindowBegin = 1'000 * kHourUs;

// A target whose marketplace shows `shown`, decided to show `wanted`.
TargetRecord Showing(std::optional<int32_t> shown, std::optional<int32_t> wanted) {
  TargetRecord target{.account_id = "shop", .sku = "MUG", .owner_channel_id = "uk"};
  target.accepted = target.shown = shown;
  target.wanted = wanted;
  target.state = shown == wanted ? TargetState::kCurrent : TargetState::kDirty;
  return target;
}

class OversellWindowTest : public ::testing::Test {
 protected:
  // The number changes at `since`, and is decided then.
  void Decide(int32_t wanted, TimeUs since) {
    target_.wanted = wanted;
    target_.state = target_.accepted == wanted ? TargetState::kCurrent : TargetState::kDirty;
    FollowDecision(since, target_);
  }
  void Leave() {
    CarryLowerings(target_);
    on_its_way_ = target_.wanted.value();
  }
  std::optional<DurationUs> Acknowledge(TimeUs now) {
    target_.accepted = target_.shown = on_its_way_;
    ForgetUnknownOutcomes(target_);
    target_.state = target_.wanted == on_its_way_ ? TargetState::kCurrent : TargetState::kChanged;
    return CloseWindow(now, target_);
  }

  TargetRecord target_ = Showing(10, 10);
  int32_t on_its_way_ = 0;
};

TEST_F(OversellWindowTest, GoesFromTheChangeToTheAcknowledgement) {
  Decide(8, kWindowBegin);
  EXPECT_EQ(target_.lowered_us, kWindowBegin);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + 3 * kSecondUs), 3 * kSecondUs);
  EXPECT_EQ(target_.lowered_us, 0);
}

TEST_F(OversellWindowTest, ARaise_OpensNone) {
  Decide(12, kWindowBegin);
  EXPECT_EQ(target_.lowered_us, 0);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + kSecondUs), std::nullopt);
}

TEST_F(OversellWindowTest, SeveralLoweringsBeforeOneNumberLeaves_AreOneWindow_FromTheFirst) {
  Decide(8, kWindowBegin);
  Decide(5, kWindowBegin + kSecondUs);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + 4 * kSecondUs), 4 * kSecondUs);
}

TEST_F(OversellWindowTest, ALoweringWhileANumberTravels_IsAWindowOfItsOwn) {
  Decide(8, kWindowBegin);
  Leave();
  // What changes while an item is in flight is decided after its outcome, and was marked with its time.
  EXPECT_EQ(Acknowledge(kWindowBegin + 2 * kSecondUs), 2 * kSecondUs);
  Decide(7, kWindowBegin + kSecondUs);
  EXPECT_EQ(target_.lowered_us, kWindowBegin + kSecondUs);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + 5 * kSecondUs), 4 * kSecondUs);
}

TEST_F(OversellWindowTest, ANumberThatDidNotComeThrough_LeavesItOpen_FromTheBegin) {
  Decide(8, kWindowBegin);
  Leave();
  NoteUnknownOutcome(target_, 8);
  Decide(8, kWindowBegin + kMinuteUs);
  EXPECT_EQ(target_.lowered_us, kWindowBegin);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + 2 * kMinuteUs), 2 * kMinuteUs);
}

TEST_F(OversellWindowTest, StockThatComesBackFirst_EndsIt_Uncounted) {
  Decide(8, kWindowBegin);
  Decide(10, kWindowBegin + kSecondUs);
  EXPECT_EQ(target_.lowered_us, 0);
  EXPECT_EQ(CloseWindow(kWindowBegin + kMinuteUs, target_), std::nullopt);
}

TEST_F(OversellWindowTest, ARaiseOfUnknownOutcome_MayShow_SoLessThanItIsALowering) {
  Decide(14, kWindowBegin);
  Leave();
  NoteUnknownOutcome(target_, 14);
  Decide(12, kWindowBegin + kSecondUs);
  EXPECT_EQ(target_.lowered_us, kWindowBegin + kSecondUs)
      << "12 is more than the 10 acknowledged, and less than the 14 sent";
}

TEST_F(OversellWindowTest, WhatWasRefusedOrNeverLeft_DoesNotShow) {
  Decide(14, kWindowBegin);
  Leave();
  target_.failures = 1;  // put off
  Decide(12, kWindowBegin + kSecondUs);
  EXPECT_EQ(target_.lowered_us, 0) << "14 never came into force: 12 is a raise";
}

TEST_F(OversellWindowTest, WhatNobodyKnows_OpensNone_AndWhatTheListingShowsDoes) {
  target_ = Showing(std::nullopt, std::nullopt);
  Decide(3, kWindowBegin);
  EXPECT_EQ(target_.lowered_us, 0);
  target_ = Showing(std::nullopt, std::nullopt);
  target_.shown = 50;
  Decide(3, kWindowBegin);
  EXPECT_EQ(target_.lowered_us, kWindowBegin);
}

TEST_F(OversellWindowTest, AListingThatIsNotSent_HasNone_OneThatIsParkedBrakedOrAsked_Keeps) {
  Decide(8, kWindowBegin);
  for (const TargetState state : {TargetState::kUnread, TargetState::kBraked, TargetState::kHeld}) {
    TargetRecord target = target_;
    target.state = state;
    if (state == TargetState::kUnread) target.wanted.reset();
    FollowDecision(kWindowBegin + kSecondUs, target);
    EXPECT_EQ(target.lowered_us, kWindowBegin) << static_cast<int>(state);
  }
  TargetRecord off = target_;
  off.state = TargetState::kNone;
  off.wanted.reset();
  FollowDecision(kWindowBegin + kSecondUs, off);
  EXPECT_EQ(off.lowered_us, 0);
}

TEST_F(OversellWindowTest, ADocumentWithAHigherNumber_LeavesTheLaterLoweringOpen) {
  Decide(8, kWindowBegin);
  Leave();
  target_.bulk_id = 1;
  target_.bulk_quantity = 8;
  Decide(5, kWindowBegin + kSecondUs);
  EXPECT_EQ(target_.lowered_us, kWindowBegin);
  EXPECT_EQ(target_.lowered_later_us, kWindowBegin + kSecondUs);
  EXPECT_EQ(Acknowledge(kWindowBegin + kMinuteUs), kMinuteUs) << "of the number in the document";
  EXPECT_EQ(target_.lowered_us, kWindowBegin + kSecondUs);
  target_.bulk_id = 0;
  target_.bulk_quantity.reset();
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + kMinuteUs + kSecondUs), kMinuteUs);
}

TEST_F(OversellWindowTest, ALoweringThatADocumentOnlyRaises_IsNotClosedByIt) {
  Decide(14, kWindowBegin);
  Leave();
  target_.bulk_id = 1;
  target_.bulk_quantity = 14;
  Decide(12, kWindowBegin + kSecondUs);
  EXPECT_EQ(Acknowledge(kWindowBegin + kMinuteUs), std::nullopt);
  EXPECT_EQ(target_.lowered_us, kWindowBegin + kSecondUs) << "14 is shown, 12 may be";
}

TEST_F(OversellWindowTest, ALoweringTakenBackWhileADocumentTravels_IsForgotten_TheCarriedOneIsNot) {
  Decide(8, kWindowBegin);
  Leave();
  target_.bulk_id = 1;
  target_.bulk_quantity = 8;
  Decide(5, kWindowBegin + kSecondUs);
  Decide(9, kWindowBegin + 2 * kSecondUs);
  EXPECT_EQ(target_.lowered_later_us, 0);
  EXPECT_EQ(target_.lowered_us, kWindowBegin);
}

TEST_F(OversellWindowTest, ANumberThatADocumentMayHaveOverwritten_KeepsItOpen_UntilItWasSentOnceMore) {
  Decide(0, kWindowBegin);
  Leave();
  // Acknowledged by item while a document with 10 was open, which has ended since.
  target_.accepted = target_.shown = 0;
  NoteUnknownOutcome(target_, 10);
  target_.accepted_stale = true;
  Decide(0, kWindowBegin + kMinuteUs);
  EXPECT_EQ(target_.lowered_us, kWindowBegin);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin + 2 * kMinuteUs), 2 * kMinuteUs);
}

TEST_F(OversellWindowTest, ALoweringOfUnknownOutcome_ThatIsTakenBack_IsOver) {
  Decide(8, kWindowBegin);
  Leave();
  NoteUnknownOutcome(target_, 8);
  target_.accepted_stale = true;
  Decide(10, kWindowBegin + kSecondUs);
  EXPECT_EQ(target_.lowered_us, 0);
}

TEST_F(OversellWindowTest, WhatIsNotSentAnyMore_HasNone_AlsoInADocument) {
  Decide(8, kWindowBegin);
  Leave();
  target_.bulk_id = 1;
  target_.bulk_quantity = 8;
  target_.state = TargetState::kNone;
  target_.wanted.reset();
  FollowDecision(kWindowBegin + kSecondUs, target_);
  EXPECT_EQ(target_.lowered_us, 0);
}

TEST_F(OversellWindowTest, EachDecision_ForgetsTheMark) {
  target_.marked_us = kWindowBegin;
  Decide(10, kWindowBegin);
  EXPECT_EQ(target_.marked_us, 0);
}

TEST_F(OversellWindowTest, AClockThatWasSetBack_MakesNoNegativeTime) {
  Decide(8, kWindowBegin);
  Leave();
  EXPECT_EQ(Acknowledge(kWindowBegin - kHourUs), 0);
}

TEST(OversellHours, ThisOneAndThe23Before) {
  EXPECT_EQ(OversellHourOf(kWindowBegin + 59 * kMinuteUs), kWindowBegin);
  EXPECT_EQ(FirstOversellHour(kWindowBegin + 59 * kMinuteUs), kWindowBegin - 23 * kHourUs);
}

}  // namespace
}  // namespace quayside
