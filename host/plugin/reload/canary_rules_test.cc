#include "host/plugin/reload/canary_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::HasSubstr;

constexpr DurationUs kHalfTime = 30 * kSecondUs;
constexpr DurationUs kTimeIsUp = 60 * kSecondUs;

StepSums Steps(int64_t good, int64_t failed = 0, int64_t broken = 0) {
  StepSums sums{.good = good, .failed = failed, .broken = broken, .items = good * 10, .duration_us = good * 20'000};
  if (failed + broken > 0) sums.last_failure = "a.orders: no";
  return sums;
}

CanaryJudgement Judge(const StepSums& before, const StepSums& now, DurationUs waited = kHalfTime) {
  return JudgeCanary({{Job::kOrders, before, before, now}}, {}, waited);
}

void ExpectFailure(const CanaryJudgement& judgement, const std::string& why) {
  EXPECT_EQ(judgement.verdict, CanaryVerdict::kFail);
  EXPECT_THAT(judgement.why, HasSubstr(why));
}

TEST(Canary, EnoughGoodSteps_Pass) {
  EXPECT_EQ(Judge(Steps(50), Steps(2)).verdict, CanaryVerdict::kWait);
  EXPECT_EQ(Judge(Steps(50), Steps(3)).verdict, CanaryVerdict::kPass);
  EXPECT_EQ(Judge({}, Steps(3)).verdict, CanaryVerdict::kPass);
}

TEST(Canary, GoodStepsOfSeveralJobs_CountTogether) {
  const std::vector<CanaryComparison> jobs = {{Job::kOrders, Steps(50), {}, Steps(2)},
                                              {Job::kListings, Steps(9), {}, Steps(1)}};
  EXPECT_EQ(JudgeCanary(jobs, {}, 0).verdict, CanaryVerdict::kPass);
}

TEST(Canary, ABrokenStep_FailsAtOnce_WhateverTheOldOneDoes) {
  ExpectFailure(Judge(Steps(50), Steps(2, 0, 1), 0), "a step broke: a.orders: no");
  ExpectFailure(Judge(Steps(5, 5, 5), Steps(9, 0, 1), 0), "a step broke");
}

TEST(Canary, AFailedStep_Fails_WhenTheOldOneDoesNotFail) {
  ExpectFailure(Judge(Steps(50), Steps(2, 1), 0), "a step failed (1 of 3; before it were 0 %)");
}

TEST(Canary, AFailedStep_IsForgiven_WhileTheMarketplaceFailsTheOldOneToo) {
  EXPECT_EQ(Judge(Steps(80, 20), Steps(2, 1)).verdict, CanaryVerdict::kWait);
  EXPECT_EQ(Judge(Steps(80, 20), Steps(3, 2)).verdict, CanaryVerdict::kPass);
  ExpectFailure(Judge(Steps(80, 20), Steps(2, 4)), "a step failed");
}

TEST(Canary, WhenTheTimeIsUp_WhatThereIsCounts_AndNothingAtAllFails) {
  EXPECT_EQ(Judge(Steps(50), Steps(2)).verdict, CanaryVerdict::kWait);
  EXPECT_EQ(Judge(Steps(50), Steps(2), kTimeIsUp).verdict, CanaryVerdict::kPass);
  EXPECT_EQ(Judge(Steps(50), {.quiet = 1}, kTimeIsUp).verdict, CanaryVerdict::kPass);
  ExpectFailure(JudgeCanary({}, {}, kTimeIsUp), "only 0 of 3");
}

TEST(Canary, BringingNothing_Fails_WhereTheOldOneBroughtSomething) {
  StepSums nothing = Steps(3);
  nothing.items = 0;
  ExpectFailure(Judge(Steps(50), nothing),
                "3 steps brought nothing, those of the old version meanwhile 10 items a step");
  StepSums quiet = Steps(50);
  quiet.items = 10;
  EXPECT_EQ(Judge(quiet, nothing).verdict, CanaryVerdict::kPass);
  // What the old one brought yesterday says nothing about now.
  EXPECT_EQ(JudgeCanary({{Job::kOrders, Steps(50), quiet, nothing}}, {}, 0).verdict, CanaryVerdict::kPass);
  EXPECT_EQ(JudgeCanary({{Job::kOrders, Steps(50), {}, nothing}}, {}, kHalfTime).verdict, CanaryVerdict::kWait);
  EXPECT_EQ(JudgeCanary({{Job::kOrders, Steps(50), {}, nothing}}, {}, kTimeIsUp).verdict, CanaryVerdict::kPass);
}

TEST(Canary, RecordsItCannotRead_FailIt) {
  StepSums garbled = Steps(3);
  garbled.bad_records = 10;
  ExpectFailure(Judge(Steps(50), garbled), "25 % of the records could not be used, before it were 0 %");
  StepSums always = Steps(50);
  always.bad_records = 170;
  EXPECT_EQ(Judge(always, garbled).verdict, CanaryVerdict::kPass);
}

TEST(Canary, BeingMuchSlower_FailsIt_ButNotByAnAmountThatDoesNotMatter) {
  StepSums slow = Steps(3);
  slow.duration_us = 3 * 700'000;
  ExpectFailure(Judge(Steps(50), slow), "steps take 700.0 ms, before it were 20.0 ms");
  slow.duration_us = 3 * 200'000;
  EXPECT_EQ(Judge(Steps(50), slow).verdict, CanaryVerdict::kPass);
}

TEST(CanaryRules, InWords_SaysWhatBothDid) {
  const CanaryComparison comparison{
      .job = Job::kOrders,
      .old_steps = {.good = 4, .items = 10, .duration_us = 8000},
      .new_steps = {.good = 1, .broken = 1, .items = 1, .duration_us = 3000, .last_failure = "it threw"}};
  EXPECT_EQ(InWords(comparison),
            "order_sync/1: 1 good, 0 failed, 1 broken, 1.0 items a step, 3.0 ms (it threw); "
            "before: 4 good, 0 failed, 0 broken, 2.5 items a step, 2.0 ms");
}

}  // namespace
}  // namespace quayside
