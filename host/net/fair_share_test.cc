#include "host/net/fair_share.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

struct Outcome {
  double throttled = 0;  // of our calls
  double used = 0;       // of what the other program left
};

// A bucket at the marketplace that two programs draw on for an hour: ours, always with work to do, and one that takes
// `other` of the rate and insists until it gets it.
Outcome ShareABucket(double other) {
  constexpr double kRate = 5;
  constexpr double kBurst = 5;
  constexpr double kTick = 0.001;
  constexpr double kSeconds = 3600;
  double there = kBurst;
  double ours = kBurst;
  double wanted_by_other = 0;
  double taken_by_other = 0;
  double share = 1;
  double blocked_until = 0;
  int calls = 0;
  int throttled = 0;
  for (double now = 0; now < kSeconds; now += kTick) {
    there = std::min(kBurst, there + kRate * kTick);
    wanted_by_other += kRate * other * kTick;
    if (wanted_by_other >= 1 && there >= 1) {
      wanted_by_other -= 1;
      there -= 1;
      taken_by_other += 1;
    }
    ours = std::min(SharedBurst(kBurst, share), ours + SharedRate(kRate, share) * kTick);
    if (ours < 1 || now < blocked_until) continue;
    ours -= 1;
    ++calls;
    if (there >= 1) {
      there -= 1;
      share = ShareAfterCall(share, 0);
    } else {
      ++throttled;
      share = ShareAfterThrottle(share);
      ours = 0;
      blocked_until = now + 1 / SharedRate(kRate, share);
    }
  }
  return {.throttled = static_cast<double>(throttled) / calls,
          .used = (calls - throttled) / (kRate * kSeconds + kBurst - taken_by_other)};
}

TEST(FairShareTest, Alone_EverythingIsUsed_AndNothingIsThrottled) {
  const Outcome outcome = ShareABucket(0);
  EXPECT_EQ(outcome.throttled, 0);
  EXPECT_GE(outcome.used, 0.99);
}

TEST(FairShareTest, BesideAnotherProgram_WhatItLeavesIsUsed_AndFewCallsAreThrottled) {
  for (const double other : {0.25, 0.5, 0.8}) {
    const Outcome outcome = ShareABucket(other);
    EXPECT_GE(outcome.used, 0.97) << other;
    EXPECT_LE(outcome.throttled, other < 0.6 ? 0.03 : 0.08) << other;
  }
}

TEST(FairShareTest, ARareOperation_RecoversWithTime) {
  EXPECT_GE(ShareAfterCall(0.5, 3 * kHourUs), 1.0);
  EXPECT_NEAR(ShareAfterCall(0.5, kHourUs), 0.5 + 1.0 / 6, 1e-9);
  EXPECT_NEAR(ShareAfterCall(0.5, -kHourUs), 0.501, 1e-9);  // a clock set back
}

TEST(FairShareTest, NeverLessThanOneCallAtATime_NorThanASmallShare) {
  double share = 1;
  for (int i = 0; i < 1000; ++i) share = ShareAfterThrottle(share);
  EXPECT_EQ(share, kSmallestShare);
  EXPECT_EQ(SharedBurst(5, share), 1);
  EXPECT_GT(SharedRate(0.0056, share), 0);
}

}  // namespace
}  // namespace quayside
