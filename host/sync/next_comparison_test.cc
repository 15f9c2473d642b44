#include "host/sync/next_comparison.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace quayside {
namespace {

constexpr TimeUs kLast = 20'000 * kDayUs;

TEST(NextComparison, TheFirst_IsDueAtOnce) { EXPECT_EQ(NextComparisonUs("uk", 0, kHourUs), 0); }

TEST(NextComparison, ComesRound_OnceInAnInterval) {
  const TimeUs second = NextComparisonUs("uk", kLast, kHourUs);
  EXPECT_GE(second, kLast + kHourUs / 2);
  EXPECT_LT(second, kLast + kHourUs + kHourUs / 2);
  EXPECT_EQ(NextComparisonUs("uk", second, kHourUs), second + kHourUs);
  EXPECT_EQ(NextComparisonUs("uk", second + kMinuteUs, kHourUs), second + kHourUs) << "it took a minute";
}

TEST(NextComparison, ThoseOfManyChannels_AreSpreadOverTheInterval) {
  constexpr int kChannels = 10'000;
  std::multiset<TimeUs> minutes;
  for (int n = 0; n < kChannels; ++n)
    minutes.insert((NextComparisonUs("channel" + std::to_string(n), kLast, kHourUs) - kLast) / kMinuteUs);
  for (TimeUs minute = 30; minute < 90; ++minute)
    EXPECT_LT(minutes.count(minute), kChannels / 20U) << "in minute " << minute;
}

}  // namespace
}  // namespace quayside
