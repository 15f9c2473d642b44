#include "host/sync/next_comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace quayside {
namespace {

constexpr TimeUs kLast = 20'000 * kDayUs;

TEST(NextComparison, WhoeverComesToTheFirst_MayBegin) { EXPECT_EQ(NextComparisonUs("uk", 0, kHourUs), 0); }

TEST(NextComparison, TheFirstOnes_AreSpread_OverAnHourAtMost_AndAreTheSameAfterARestart) {
  constexpr int kChannels = 1'000;
  for (const DurationUs interval : {10 * kMinuteUs, kHourUs, kDayUs}) {
    const DurationUs within = std::min(interval, kHourUs);
    std::multiset<TimeUs> parts;
    for (int n = 0; n < kChannels; ++n) {
      const std::string channel = "channel" + std::to_string(n);
      const TimeUs first = FirstComparisonUs(channel, kLast, interval);
      ASSERT_GE(first, kLast);
      ASSERT_LT(first, kLast + within);
      ASSERT_EQ(FirstComparisonUs(channel, first, interval), first) << "the host was started again meanwhile";
      parts.insert((first - kLast) / (within / 10));
    }
    for (TimeUs part = 0; part < 10; ++part) EXPECT_LT(parts.count(part), kChannels / 5U) << "in tenth " << part;
  }
}

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
