#include "host/plugin/reload/rollback_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

StepSums Steps(int64_t good, int64_t failed = 0, int64_t broken = 0) {
  return {.good = good, .failed = failed, .broken = broken, .last_failure = "a.orders: no"};
}

TEST(Rollback, StaysWithWhatWorks) {
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(0)), IsEmpty());
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(100)), IsEmpty());
}

TEST(Rollback, ThreeBrokenSteps_AreEnough) {
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(5, 0, 2)), IsEmpty());
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(5, 0, 3)), HasSubstr("3 of 8 steps broke since the flip"));
}

TEST(Rollback, AFewBrokenAmongMany_AreNot) { EXPECT_THAT(WhyRollBack(Steps(100), Steps(97, 0, 3)), IsEmpty()); }

TEST(Rollback, TheOldOnesFaults_AreNoReason) { EXPECT_THAT(WhyRollBack(Steps(80, 0, 20), Steps(7, 0, 3)), IsEmpty()); }

TEST(Rollback, Failures_NeedToBeMany) {
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(1, 4)), IsEmpty());
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(1, 5)), HasSubstr("5 of 6 steps failed since the flip"));
  EXPECT_THAT(WhyRollBack(Steps(100), Steps(10, 8)), IsEmpty());
}

TEST(Rollback, NobodyLetIn_IsEnoughWithTwo_BecauseTheirLanesStop) {
  const auto refused = [](int64_t count, int64_t good) {
    StepSums sums = Steps(good, count);
    sums.refused = count;
    return sums;
  };
  EXPECT_THAT(WhyRollBack(Steps(100), refused(1, 0)), IsEmpty()) << "one merchant's key may be revoked any time";
  EXPECT_THAT(WhyRollBack(Steps(100), refused(2, 0)), HasSubstr("2 of 2 steps failed since the flip"));
  EXPECT_THAT(WhyRollBack(Steps(100), refused(2, 1)), IsEmpty()) << "somebody is let in";
  EXPECT_THAT(WhyRollBack(Steps(70, 30), refused(2, 0)), IsEmpty());
}

TEST(Rollback, AMarketplaceThatFailedBefore_IsNoReason) {
  EXPECT_THAT(WhyRollBack(Steps(70, 30), Steps(0, 9)), IsEmpty());
}

}  // namespace
}  // namespace quayside
