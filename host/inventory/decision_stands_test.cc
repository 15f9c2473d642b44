#include "host/inventory/decision_stands.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quayside {
namespace {

LastDecision Row(TargetState state, std::optional<int32_t> wanted) {
  return {.stored = true, .state = state, .wanted = wanted};
}
TargetVerdict Now(TargetState state, std::optional<int32_t> wanted, TargetReason reason = TargetReason::kNothing) {
  return {.state = state, .reason = reason, .wanted = wanted};
}

TEST(DecisionStandsTest, WhatIsMarked_NeverStands) {
  EXPECT_FALSE(DecisionStands(Row(TargetState::kChanged, 5), Now(TargetState::kCurrent, 5)));
}

TEST(DecisionStandsTest, NoRow_IsFine_WhileNothingIsToBeSent) {
  EXPECT_TRUE(DecisionStands({}, Now(TargetState::kNone, std::nullopt, TargetReason::kUnlinked)));
  EXPECT_FALSE(DecisionStands({}, Now(TargetState::kDirty, 5)));
  EXPECT_FALSE(DecisionStands({}, Now(TargetState::kUnread, std::nullopt)));
}

TEST(DecisionStandsTest, WhatWaitsForItsTurn_StandsWithItsNumberAndState) {
  for (const TargetState state : {TargetState::kCurrent, TargetState::kDirty, TargetState::kHeld}) {
    EXPECT_TRUE(DecisionStands(Row(state, 5), Now(state, 5)));
    EXPECT_FALSE(DecisionStands(Row(state, 5), Now(state, 4)));
    EXPECT_FALSE(DecisionStands(Row(state, 5), Now(TargetState::kNone, std::nullopt)));
  }
  EXPECT_FALSE(DecisionStands(Row(TargetState::kHeld, 5), Now(TargetState::kDirty, 5)));
  EXPECT_FALSE(DecisionStands(Row(TargetState::kCurrent, 5), Now(TargetState::kDirty, 5))) << "it sold meanwhile";
}

TEST(DecisionStandsTest, WhatTravels_StandsWithItsNumber) {
  for (const TargetState state : {TargetState::kInFlight, TargetState::kInBulk}) {
    EXPECT_TRUE(DecisionStands(Row(state, 5), Now(TargetState::kDirty, 5)));
    EXPECT_TRUE(DecisionStands(Row(state, 5), Now(TargetState::kHeld, 5)));
    EXPECT_FALSE(DecisionStands(Row(state, 5), Now(TargetState::kDirty, 4)));
    EXPECT_FALSE(DecisionStands(Row(state, 5), Now(TargetState::kNone, std::nullopt)));
  }
}

TEST(DecisionStandsTest, WhatWasRefused_IsTriedAgain_WithAnotherNumberOrAfterAChangeOfRules) {
  LastDecision parked = Row(TargetState::kParked, 5);
  EXPECT_TRUE(DecisionStands(parked, Now(TargetState::kDirty, 5)));
  EXPECT_FALSE(DecisionStands(parked, Now(TargetState::kDirty, 4)));
  parked.rules_changed = true;
  EXPECT_FALSE(DecisionStands(parked, Now(TargetState::kDirty, 5)));
}

TEST(DecisionStandsTest, WhatWaitsForAPerson_WaitsWhileItsNumberIsTheSame) {
  EXPECT_TRUE(DecisionStands(Row(TargetState::kBraked, 0), Now(TargetState::kDirty, 0)));
  EXPECT_FALSE(DecisionStands(Row(TargetState::kBraked, 0), Now(TargetState::kDirty, 3)));
  EXPECT_FALSE(DecisionStands(Row(TargetState::kBraked, 0), Now(TargetState::kCurrent, 0)));
}

TEST(DecisionStandsTest, WhyNothingIsSent_IsPartOfTheDecision) {
  LastDecision none = Row(TargetState::kNone, std::nullopt);
  none.reason = TargetReason::kSyncOff;
  EXPECT_TRUE(DecisionStands(none, Now(TargetState::kNone, std::nullopt, TargetReason::kSyncOff)));
  EXPECT_FALSE(DecisionStands(none, Now(TargetState::kNone, std::nullopt, TargetReason::kChannelDisabled)));
}

// Or it would be asked again for ever.
TEST(DecisionStandsTest, WhatTheMarketplaceDidNotSay_IsNotAskedAgain) {
  LastDecision asked = Row(TargetState::kNone, std::nullopt);
  asked.reason = TargetReason::kFulfilmentUnknown;
  const TargetVerdict unread = Now(TargetState::kUnread, std::nullopt, TargetReason::kFulfilmentUnknown);
  EXPECT_TRUE(DecisionStands(asked, unread));
  EXPECT_FALSE(DecisionStands(asked, Now(TargetState::kDirty, 5)));
  asked.same_owner = false;
  EXPECT_FALSE(DecisionStands(asked, unread));
  asked.same_owner = true;
  asked.state = TargetState::kChanged;
  EXPECT_FALSE(DecisionStands(asked, unread)) << "something changed";
}

TEST(DecisionStandsTest, AnotherOwner_IsAnotherDecision) {
  for (const TargetState state : {TargetState::kCurrent, TargetState::kDirty, TargetState::kHeld}) {
    LastDecision last = Row(state, 5);
    last.same_owner = false;
    EXPECT_FALSE(DecisionStands(last, Now(state, 5)));
  }
}

TEST(UrgencyTest, ZeroThenFewThenFewerThenTheRest) {
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, 0), 7), Urgency::kZero);
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, 0), std::nullopt), Urgency::kZero);
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, kFewUnits), 7), Urgency::kFew);
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, kFewUnits + 1), 7), Urgency::kFewer);
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, 8), 7), Urgency::kOther) << "a raise";
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, 2), 1), Urgency::kOther) << "a raise, though few";
  EXPECT_EQ(UrgencyOf(Now(TargetState::kDirty, 2), std::nullopt), Urgency::kOther) << "nobody knows";
  EXPECT_EQ(UrgencyOf(Now(TargetState::kHeld, 2), 7), Urgency::kOther);
  EXPECT_EQ(UrgencyOf(Now(TargetState::kNone, std::nullopt), 7), Urgency::kOther);
}

}  // namespace
}  // namespace quayside
