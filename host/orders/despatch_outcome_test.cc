#include "host/orders/despatch_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "host/orders/despatch_rules.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using Finding = pb::DespatchFinding;
using ::testing::HasSubstr;

constexpr TimeUs kNow = 1'000 * kSecondUs;
constexpr DurationUs kWait = 7 * kSecondUs;

DespatchRecord Handed(DespatchState state = DespatchState::kSending) {
  return {.id = 5, .number = 1, .state = state, .version = 1, .sent_version = 1, .sent_us = kNow - 1, .attempts = 1};
}
pb::Outcome Done() {
  pb::Outcome outcome;
  outcome.mutable_done()->set_reference("ref");
  return outcome;
}
pb::Outcome Rejected(const std::string& reason) {
  pb::Outcome outcome;
  outcome.mutable_rejected()->set_reason(reason);
  outcome.mutable_rejected()->set_message("tell jane@example.com");
  return outcome;
}
pb::Outcome Retry(TimeUs at_us, const std::string& reason = "RATE_LIMITED") {
  pb::Outcome outcome;
  outcome.mutable_retry()->set_reason(reason);
  outcome.mutable_retry()->set_at_us(at_us);
  return outcome;
}
Finding Found(Finding::State state, const std::string& package = "") {
  Finding finding;
  finding.set_state(state);
  finding.set_message("what is there");
  if (!package.empty()) finding.add_packages()->set_external_id(package);
  return finding;
}

TEST(OutcomeTest, Done_Confirms) {
  DespatchRecord package = Handed();
  EXPECT_TRUE(TakeOutcome(Done(), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_EQ(package.confirmed_us, kNow);
  EXPECT_EQ(package.reference, "ref");
}

TEST(OutcomeTest, Done_OfWhatWasEditedMeanwhile_IsInForce_AndTheEditFollows) {
  DespatchRecord package = Handed();
  package.version = 2;
  EXPECT_TRUE(TakeOutcome(Done(), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_THAT(package.message, HasSubstr("version 1"));
  ASSERT_TRUE(EditFollows(DespatchState::kSending, package));
  SendEdit(kNow, package);
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.confirmed_us, kNow) << "its number is known to be ours";
  EXPECT_EQ(package.due_us, kNow);
  EXPECT_EQ(package.reason, "EDITED");
}

TEST(OutcomeTest, AfterEveryVerdict_AnEditOfWhatWasHandedOverFollows) {
  const auto take = [](DespatchState before, const auto& said) {
    DespatchRecord package = Handed(before);
    package.version = 2;
    if constexpr (std::is_same_v<std::decay_t<decltype(said)>, Finding>) {
      TakeFinding(said, kNow, kWait, package);
    } else {
      TakeOutcome(said, kNow, kWait, package);
    }
    return package;
  };
  for (const char* reason : {"NOT_CONFIRMABLE", "ALREADY_SHIPPED", "QUANTITY_TOO_LARGE"}) {
    EXPECT_TRUE(EditFollows(DespatchState::kSending, take(DespatchState::kSending, Rejected(reason)))) << reason;
    EXPECT_TRUE(EditFollows(DespatchState::kAccepted, take(DespatchState::kAccepted, Rejected(reason)))) << reason;
  }
  for (const Finding::State state : {Finding::STATE_CONFIRMED, Finding::STATE_OTHER_DATA, Finding::STATE_ORDER_GONE}) {
    EXPECT_TRUE(EditFollows(DespatchState::kUnknown, take(DespatchState::kUnknown, Found(state, "1")))) << state;
    EXPECT_FALSE(EditFollows(DespatchState::kWaiting, take(DespatchState::kWaiting, Found(state, "1"))))
        << state << ": the edit is what was looked for";
  }
  DespatchRecord tired = Handed();
  tired.version = 2;
  tired.attempts = kMostAttempts;
  TakeOutcome(Retry(0, "BUSY"), kNow, kWait, tired);
  EXPECT_EQ(tired.state, DespatchState::kFailed);
  EXPECT_TRUE(EditFollows(DespatchState::kSending, tired));
  SendEdit(kNow, tired);
  EXPECT_EQ(tired.attempts, 0);
  EXPECT_FALSE(EditFollows(DespatchState::kSending, take(DespatchState::kSending, Retry(0, "BUSY")))) << "it waits";
  DespatchRecord as_sent = Handed();
  TakeOutcome(Done(), kNow, kWait, as_sent);
  EXPECT_FALSE(EditFollows(DespatchState::kSending, as_sent));
}

TEST(OutcomeTest, WhatAPluginSays_IsKeptOnlyAsAWord_AndNamesNobody) {
  DespatchRecord package = Handed();
  EXPECT_TRUE(TakeOutcome(Rejected("tell jane@example.com"), kNow, kWait, package));
  EXPECT_EQ(package.reason, "REJECTED");
  package = Handed();
  EXPECT_TRUE(TakeOutcome(Retry(0, "call jane@example.com"), kNow, kWait, package));
  EXPECT_EQ(package.reason, "RETRY");
  pb::Outcome done;
  done.mutable_done()->set_reference("for jane@example.com");
  package = Handed();
  EXPECT_TRUE(TakeOutcome(done, kNow, kWait, package));
  EXPECT_THAT(package.reference, testing::Not(HasSubstr("jane")));
}

TEST(OutcomeTest, Accepted_IsPolled) {
  pb::Outcome outcome;
  outcome.mutable_accepted()->set_handle("feed-7");
  DespatchRecord package = Handed();
  EXPECT_TRUE(TakeOutcome(outcome, kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kAccepted);
  EXPECT_EQ(package.handle, "feed-7");
  EXPECT_GT(package.due_us, kNow);
}

TEST(OutcomeTest, Rejected_IsFinal_ByItsReason) {
  for (const auto& [reason, state] :
       {std::pair("NOT_CONFIRMABLE", DespatchState::kNotRequired),
        std::pair("ALREADY_SHIPPED", DespatchState::kShippedOtherwise),
        std::pair("QUANTITY_TOO_LARGE", DespatchState::kFailed), std::pair("", DespatchState::kFailed)}) {
    DespatchRecord package = Handed();
    EXPECT_TRUE(TakeOutcome(Rejected(reason), kNow, kWait, package));
    EXPECT_EQ(package.state, state) << reason;
    EXPECT_FALSE(package.reason.empty());
    EXPECT_THAT(package.message, testing::Not(HasSubstr("jane"))) << "what is kept names nobody";
  }
}

TEST(OutcomeTest, Retry_ForWhatIsNobodysFault_IsNoAttempt) {
  for (const char* reason : {"RATE_LIMITED", "THROTTLED", "CHANNEL_UNAVAILABLE", "HTTP_FAILED", "STEP_ENDING"}) {
    DespatchRecord package = Handed();
    package.attempts = kMostAttempts;
    EXPECT_FALSE(TakeOutcome(Retry(kNow + 90 * kSecondUs, reason), kNow, kWait, package)) << "no news";
    EXPECT_EQ(package.state, DespatchState::kWaiting);
    EXPECT_EQ(package.due_us, kNow + 90 * kSecondUs);
    EXPECT_EQ(package.attempts, kMostAttempts - 1);
    EXPECT_EQ(package.failures, 0);
    EXPECT_EQ(package.sent_us, 0) << "nothing of it is there";
  }
}

TEST(OutcomeTest, Retry_ForAnotherReason_IsAnAttempt_AlsoWhenItNamesATime) {
  DespatchRecord package = Handed();
  EXPECT_TRUE(TakeOutcome(Retry(kNow + 90 * kSecondUs, "UPLOAD_REFUSED"), kNow, kWait, package));
  EXPECT_EQ(package.attempts, 1);
  EXPECT_EQ(package.due_us, kNow + 90 * kSecondUs);
  package = Handed();
  package.attempts = kMostAttempts;
  EXPECT_TRUE(TakeOutcome(Retry(kNow + 90 * kSecondUs, "UPLOAD_REFUSED"), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kFailed);
}

TEST(OutcomeTest, Retry_ThatNamesThePast_DoesNotSpin) {
  for (const TimeUs at_us : {TimeUs{1}, kNow - 1, kNow}) {
    DespatchRecord package = Handed();
    EXPECT_FALSE(TakeOutcome(Retry(at_us), kNow, kWait, package));
    EXPECT_GE(package.due_us, kNow + kSecondUs);
  }
  DespatchRecord package = Handed();
  EXPECT_FALSE(TakeOutcome(Retry(INT64_MAX), kNow, kWait, package));
  EXPECT_LE(package.due_us, kNow + kDayUs) << "nor is it forgotten";
}

TEST(OutcomeTest, Retry_OfWhatWasAccepted_IsAnAttempt_AndWaits) {
  DespatchRecord package = Handed(DespatchState::kAccepted);
  EXPECT_TRUE(TakeOutcome(Retry(kNow), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.attempts, 1);
  EXPECT_EQ(package.due_us, kNow + kWait);
}

TEST(OutcomeTest, Retry_WithoutATime_WaitsLonger_AndFailsInTheEnd) {
  DespatchRecord package = Handed();
  EXPECT_TRUE(TakeOutcome(Retry(0, "BUSY"), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.due_us, kNow + kWait);
  EXPECT_EQ(package.failures, 1);
  package = Handed();
  package.attempts = kMostAttempts;
  EXPECT_TRUE(TakeOutcome(Retry(0, "BUSY"), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kFailed);
}

TEST(OutcomeTest, NoAnswer_IsAsked_NeverGuessed) {
  pb::Outcome unknown;
  unknown.mutable_unknown()->set_message("the connection broke");
  for (const pb::Outcome& outcome : {unknown, pb::Outcome()}) {
    DespatchRecord package = Handed();
    EXPECT_TRUE(TakeOutcome(outcome, kNow, kWait, package));
    EXPECT_EQ(package.state, DespatchState::kUnknown);
    EXPECT_GT(package.sent_us, 0) << "what does not show is absent only after a while";
  }
}

TEST(OutcomeTest, NoAnswerToAnEdit_IsSentAgain) {
  DespatchRecord package = Handed();
  package.confirmed_us = 1;
  EXPECT_TRUE(TakeLostAnswer("gone", kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.due_us, kNow + kWait);
}

TEST(FindingTest, OfAnUnknown) {
  DespatchRecord package = Handed(DespatchState::kUnknown);
  EXPECT_TRUE(
      TakeFinding(Found(Finding::STATE_CONFIRMED, std::to_string(PackageNumberThere(5))), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_EQ(package.confirmed_us, kNow);

  package = Handed(DespatchState::kUnknown);
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.sent_us, 0);
  EXPECT_EQ(package.looked_us, kNow) << "which was a look";
  package = Handed(DespatchState::kUnknown);
  package.attempts = kMostAttempts;
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting) << "it was lost on the way, for no fault of its own";
  package = Handed(DespatchState::kUnknown);
  package.attempts = kMostAttempts;
  TakeBrokenCall("PLUGIN_FAULT", "it threw", package);
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kFailed) << "the plugin breaks at it";

  package = Handed(DespatchState::kUnknown);
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_OTHER_DATA, "1"), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kShippedOtherwise);

  package = Handed(DespatchState::kUnknown);
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_ORDER_GONE), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kFailed);
}

TEST(FindingTest, Undecided_IsAskedAgain_AndNoNews) {
  for (const Finding::State state : {Finding::STATE_UNDECIDED, Finding::STATE_UNSPECIFIED}) {
    DespatchRecord package = Handed(DespatchState::kUnknown);
    Finding finding = Found(state);
    EXPECT_FALSE(TakeFinding(finding, kNow, kWait, package));
    EXPECT_EQ(package.state, DespatchState::kUnknown);
    EXPECT_GT(package.due_us, kNow);
    finding.set_ask_again_us(kNow + 5 * kSecondUs);
    EXPECT_FALSE(TakeFinding(finding, kNow, kWait, package));
    EXPECT_EQ(package.due_us, kNow + 5 * kSecondUs);
    finding.set_ask_again_us(kNow - 5);
    EXPECT_FALSE(TakeFinding(finding, kNow, kWait, package));
    EXPECT_GE(package.due_us, kNow + kSecondUs);
  }
}

TEST(FindingTest, BeforeAFirstHandOver_AbsentMayGo_AndSomebodyElsesIsNeitherDoubledNorOverwritten) {
  DespatchRecord package{.id = 5, .number = 1};
  EXPECT_FALSE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.failures, 0);
  EXPECT_EQ(package.looked_us, kNow);

  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_CONFIRMED, "1"), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_EQ(package.reason, "CONFIRMED_BY_OTHERS");
  EXPECT_EQ(package.confirmed_us, 0) << "its own number is not there: an edit under it would be a second package";

  DespatchRecord ours{.id = 5, .number = 1};
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_CONFIRMED, std::to_string(PackageNumberThere(5))), kNow, kWait, ours));
  EXPECT_EQ(ours.state, DespatchState::kConfirmed);
  EXPECT_EQ(ours.confirmed_us, kNow);

  DespatchRecord other{.id = 5, .number = 1};
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_OTHER_DATA, "1"), kNow, kWait, other));
  EXPECT_EQ(other.state, DespatchState::kShippedOtherwise);
  EXPECT_EQ(other.message, "what is there");
}

TEST(SuspicionTest, FallsOnThoseInACallThatBroke_AndEndsWhenOneComesThrough) {
  DespatchRecord package{.id = 5, .number = 1};
  EXPECT_FALSE(IsSuspect(package));
  for (const char* reason : {"PLUGIN_FAULT", "PLUGIN_TIMEOUT", "INVALID_ARGUMENT"}) {
    DespatchRecord broken = package;
    TakeBrokenCall(reason, "tell jane@example.com", broken);
    EXPECT_TRUE(IsSuspect(broken)) << reason;
    EXPECT_THAT(broken.message, testing::Not(HasSubstr("jane")));
    ClearSuspicion(broken);
    EXPECT_FALSE(IsSuspect(broken));
    EXPECT_EQ(broken.failures, 0);
  }
  TakeOutcome(Retry(0, "BUSY"), kNow, kWait, package);
  EXPECT_GT(package.failures, 0);
  EXPECT_FALSE(IsSuspect(package)) << "it was answered";
}

TEST(DespatchBackoffTest, GrowsToAnHour_AndNeverComesAtOnce) {
  SeededRng rng(3);
  for (int32_t failures = 1; failures < 40; ++failures) {
    for (int draw = 0; draw < 20; ++draw) {
      const DurationUs wait = DespatchBackoff(failures, rng);
      EXPECT_GE(wait, kSecondUs);
      EXPECT_LE(wait, failures == 1 ? 30 * kSecondUs : kHourUs);
    }
  }
}

}  // namespace
}  // namespace quayside
