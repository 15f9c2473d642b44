#include "host/sync/lane_schedule.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

constexpr TimeUs kNow = 1'000 * kMinuteUs;
constexpr DurationUs kUsual = 4 * kMinuteUs;

TEST(LaneScheduleTest, WithoutAWish_TheUsualIntervalCounts_UnlessItIsKnownWhenThereCanBeNews) {
  EXPECT_EQ(NextLookUs(0, 0, kUsual, kNow), kNow + kUsual);
  EXPECT_EQ(NextLookUs(kNow + kSecondUs, 0, kUsual, kNow), kNow + kSecondUs);
  EXPECT_EQ(NextLookUs(kNow - kSecondUs, 0, kUsual, kNow), kNow);
}

TEST(LaneScheduleTest, AWish_ShortensAndLengthens_ButNothingIsAskedForBeforeItCanBeThere) {
  EXPECT_EQ(NextLookUs(0, kMinuteUs, kUsual, kNow), kNow + kMinuteUs);
  EXPECT_EQ(NextLookUs(0, kHourUs, kUsual, kNow), kNow + kHourUs);
  EXPECT_EQ(NextLookUs(kNow + kSecondUs, kHourUs, kUsual, kNow), kNow + kHourUs);
  EXPECT_EQ(NextLookUs(kNow + kHourUs, kMinuteUs, kUsual, kNow), kNow + kHourUs);
}

TEST(LaneScheduleTest, OnlyLanesThatLookForNews_HaveAnInterval) {
  for (const Job job : {Job::kOrders, Job::kListings, Job::kCentreStock}) EXPECT_TRUE(CanBeScheduled(job));
  for (const Job job :
       {Job::kInventory, Job::kDespatch, Job::kPostSale, Job::kOutbound, Job::kReconcile, Job::kCompleteness})
    EXPECT_FALSE(CanBeScheduled(job));
}

}  // namespace
}  // namespace quayside
