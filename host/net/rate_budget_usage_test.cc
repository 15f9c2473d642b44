#include "host/net/rate_budget_usage.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

constexpr TimeUs kUsageStart = 1'800'000'000 * kSecondUs;

TEST(CallWindowTest, CountsWhatHappenedWithinTheWindow_ToATwelfthOfIt) {
  CallWindow<kMinuteUs> window;
  EXPECT_EQ(window.Sum(kUsageStart), 0);
  for (int second = 0; second < 600; ++second) {
    const TimeUs now = kUsageStart + second * kSecondUs;
    window.Add(now);
    EXPECT_LE(window.Sum(now), std::min(second + 1, 60));
    EXPECT_GE(window.Sum(now), std::min(second + 1, 56));
  }
  const TimeUs last = kUsageStart + 599 * kSecondUs;
  EXPECT_EQ(window.Sum(last + 65 * kSecondUs), 0);
  EXPECT_EQ(window.Sum(last + kDayUs), 0);
  window.Add(last + kDayUs, 3);
  EXPECT_EQ(window.Sum(last + kDayUs), 3);
}

TEST(CallWindowTest, RemoveTakesBackTheLatest_AndNeverGoesBelowNothing) {
  CallWindow<kMinuteUs> window;
  window.Add(kUsageStart);
  window.Add(kUsageStart + 30 * kSecondUs);
  window.Remove(kUsageStart + 40 * kSecondUs);
  EXPECT_EQ(window.Sum(kUsageStart + 40 * kSecondUs), 1);
  EXPECT_EQ(window.Sum(kUsageStart + 65 * kSecondUs), 0);
  window.Remove(kUsageStart + 65 * kSecondUs);
  EXPECT_EQ(window.Sum(kUsageStart + 65 * kSecondUs), 0);
}

TEST(CallWindowTest, AClockSetBack_ForgetsNothingAndStandsStillForNobody) {
  CallWindow<kMinuteUs> window;
  window.Add(kUsageStart);
  EXPECT_EQ(window.Sum(kUsageStart - kDayUs), 1);
  window.Add(kUsageStart - kDayUs);
  EXPECT_EQ(window.Sum(kUsageStart - kDayUs), 2);
  EXPECT_EQ(window.Sum(kUsageStart - kDayUs + 65 * kSecondUs), 0);
}

TEST(RateBudgetUsageTest, HoldsSoManyLanesAndNoMore_WhateverComes) {
  RateBudgetUsage usage;
  for (int lane = 0; lane < 10'000; ++lane) usage.Count("lane-" + std::to_string(lane), kUsageStart);
  const std::vector<LaneUsage> users = usage.List(kUsageStart);
  EXPECT_EQ(users.size(), RateBudgetUsage::kMostLanes + 1);
  EXPECT_EQ(users[0].lane_id, "") << "the others together";
  EXPECT_EQ(users[0].last_hour, 10'000 - static_cast<int64_t>(RateBudgetUsage::kMostLanes));

  usage.Count("later", kUsageStart + 2 * kHourUs);
  const std::vector<LaneUsage> now = usage.List(kUsageStart + 2 * kHourUs);
  ASSERT_EQ(now.size(), 1u) << "those that went quiet have made room";
  EXPECT_EQ(now[0].lane_id, "later");
}

}  // namespace
}  // namespace quayside
