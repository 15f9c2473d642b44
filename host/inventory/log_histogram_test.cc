#include "host/inventory/log_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "host/base/errors.h"
#include "host/base/rng.h"

namespace quayside {
namespace {

LogHistogram Of(const std::vector<DurationUs>& times) {
  LogHistogram histogram;
  for (const DurationUs time : times) histogram.Add(time);
  return histogram;
}

TEST(LogHistogram, OfNothing_HasNoQuantile) {
  EXPECT_EQ(LogHistogram().Quantile(500), std::nullopt);
  EXPECT_EQ(LogHistogram().count(), 0);
}

TEST(LogHistogram, FewMilliseconds_AreExact_AndRoundedUp) {
  EXPECT_EQ(Of({3 * kMillisecondUs, 31 * kMillisecondUs}).Quantile(500), 3 * kMillisecondUs);
  EXPECT_EQ(Of({2001, 5 * kMillisecondUs}).Quantile(500), 3 * kMillisecondUs);
  EXPECT_EQ(Of({2001}).Quantile(500), 2001) << "never more than the longest";
}

TEST(LogHistogram, NearestRank) {
  std::vector<DurationUs> times;
  for (int ms = 1; ms <= 10; ++ms) times.push_back(ms * kMillisecondUs);
  const LogHistogram ten = Of(times);
  EXPECT_EQ(ten.Quantile(100), 1 * kMillisecondUs);
  EXPECT_EQ(ten.Quantile(101), 2 * kMillisecondUs);
  EXPECT_EQ(ten.Quantile(500), 5 * kMillisecondUs);
  EXPECT_EQ(ten.Quantile(990), 10 * kMillisecondUs);
  EXPECT_EQ(ten.Quantile(1), 1 * kMillisecondUs);
}

TEST(LogHistogram, AQuantileIsNeverLess_AndAtMostASixteenthMore_ThanTheTrueOne) {
  SeededRng rng(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<DurationUs> times;
    const uint64_t most = uint64_t{1} << (10 + rng.Below(31));
    for (int n = 0; n < 500; ++n) times.push_back(static_cast<DurationUs>(rng.Below(most)));
    const LogHistogram histogram = Of(times);
    std::sort(times.begin(), times.end());
    for (const int per_mille : {1, 250, 500, 990, 1000}) {
      const DurationUs exact = times[static_cast<size_t>((500 * per_mille + 999) / 1000 - 1)];
      const DurationUs shown = histogram.Quantile(per_mille).value();
      EXPECT_GE(shown, exact);
      EXPECT_LE(shown, exact + exact / 16 + kMillisecondUs) << "of " << exact;
    }
    EXPECT_EQ(histogram.longest(), times.back());
  }
}

TEST(LogHistogram, TheEndsOfItsRange) {
  EXPECT_EQ(Of({-5}).Quantile(500), 0);
  const DurationUs years = int64_t{400} * 24 * kHourUs;
  EXPECT_EQ(Of({years}).Quantile(500), years) << "the last bucket has no upper end";
}

TEST(LogHistogram, Sums_AreWhatOneWouldBe) {
  LogHistogram sum = Of({kSecondUs, kMinuteUs});
  sum.Add(Of({kMinuteUs, kHourUs}));
  EXPECT_EQ(sum, Of({kSecondUs, kMinuteUs, kMinuteUs, kHourUs}));
  EXPECT_EQ(sum.count(), 4);
}

TEST(LogHistogram, Text_ComesBack) {
  for (const LogHistogram& histogram : {LogHistogram(), Of({0}), Of({kSecondUs, 90 * kMinuteUs, 90 * kMinuteUs})}) {
    const auto read = LogHistogram::FromText(histogram.ToText());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, histogram);
  }
}

TEST(LogHistogram, OtherText_IsRefused) {
  for (const char* text : {"", "x", "-1", "5 1", "5 1:x", "5 1:0", "5 464:1", "5 -1:1", "5 1:1 1:1", "5  1:1"}) {
    EXPECT_TRUE(HasReason(LogHistogram::FromText(text).status(), Reason::kDatabaseCorrupt)) << text;
  }
}

}  // namespace
}  // namespace quayside
