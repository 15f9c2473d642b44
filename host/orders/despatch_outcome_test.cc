#include "host/orders/despatch_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
pb::Outcome Retry(TimeUs at_us) {
  pb::Outcome outcome;
  outcome.mutable_retry()->set_reason("RATE_LIMITED");
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

TEST(OutcomeTest, Done_OfWhatWasEditedMeanwhile_SendsTheEdit) {
  DespatchRecord package = Handed();
  package.version = 2;
  EXPECT_TRUE(TakeOutcome(Done(), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.confirmed_us, kNow) << "its number is known to be ours";
  EXPECT_EQ(package.due_us, 0);
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

TEST(OutcomeTest, Retry_ThatNamesATime_IsNoAttempt) {
  DespatchRecord package = Handed();
  package.attempts = kMostAttempts;
  EXPECT_FALSE(TakeOutcome(Retry(kNow + 90), kNow, kWait, package)) << "no news";
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.due_us, kNow + 90);
  EXPECT_EQ(package.attempts, kMostAttempts - 1);
  EXPECT_EQ(package.sent_us, 0) << "nothing of it is there";
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
  EXPECT_TRUE(TakeOutcome(Retry(0), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.due_us, kNow + kWait);
  EXPECT_EQ(package.failures, 1);
  package = Handed();
  package.attempts = kMostAttempts;
  EXPECT_TRUE(TakeOutcome(Retry(0), kNow, kWait, package));
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
      TakeFinding(Found(Finding::STATE_CONFIRMED, std::to_string(PackageNumberThere(1))), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_EQ(package.confirmed_us, kNow);

  package = Handed(DespatchState::kUnknown);
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.sent_us, 0);
  package = Handed(DespatchState::kUnknown);
  package.attempts = kMostAttempts;
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kFailed);

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
    finding.set_ask_again_us(kNow + 5);
    EXPECT_FALSE(TakeFinding(finding, kNow, kWait, package));
    EXPECT_EQ(package.due_us, kNow + 5);
  }
}

TEST(FindingTest, BeforeAFirstHandOver_AbsentMayGo_AndSomebodyElsesIsNeitherDoubledNorOverwritten) {
  DespatchRecord package{.id = 5, .number = 1};
  EXPECT_FALSE(TakeFinding(Found(Finding::STATE_ABSENT), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kWaiting);
  EXPECT_EQ(package.failures, 0);

  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_CONFIRMED, "1"), kNow, kWait, package));
  EXPECT_EQ(package.state, DespatchState::kConfirmed);
  EXPECT_EQ(package.reason, "CONFIRMED_BY_OTHERS");
  EXPECT_EQ(package.confirmed_us, 0) << "its own number is not there: an edit under it would be a second package";

  DespatchRecord ours{.id = 5, .number = 1};
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_CONFIRMED, std::to_string(PackageNumberThere(1))), kNow, kWait, ours));
  EXPECT_EQ(ours.state, DespatchState::kConfirmed);
  EXPECT_EQ(ours.confirmed_us, kNow);

  DespatchRecord other{.id = 5, .number = 1};
  EXPECT_TRUE(TakeFinding(Found(Finding::STATE_OTHER_DATA, "1"), kNow, kWait, other));
  EXPECT_EQ(other.state, DespatchState::kShippedOtherwise);
  EXPECT_EQ(other.message, "what is there");
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
