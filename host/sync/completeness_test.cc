#include "host/sync/completeness.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

constexpr TimeUs kDayOfCheck = 20'000 * kDayUs;

LaneRecord KnownUpTo(TimeUs watermark_us, TimeUs start_us = 0) {
  LaneRecord lane;
  lane.cursor.watermark_us = watermark_us;
  lane.backfill.start_us = start_us;
  return lane;
}

TEST(NextSpanTest, IsClosed_AndReachesBack) {
  EXPECT_EQ(NextSpan({}, KnownUpTo(kDayOfCheck), kDayOfCheck),
            (OrdersSpan{kDayOfCheck - kSpanSettlesUs - kSpanReachesBackUs, kDayOfCheck - kSpanSettlesUs}));
}

TEST(NextSpanTest, EndsWhereTheOrdersLaneIs) {
  const TimeUs behind = kDayOfCheck - 5 * kHourUs;
  EXPECT_EQ(NextSpan({}, KnownUpTo(behind), kDayOfCheck), (OrdersSpan{behind - kSpanReachesBackUs, behind}));
}

TEST(NextSpanTest, LeavesNoGapToTheOneBefore) {
  const CompletenessRecord record{.checked_to_us = kDayOfCheck - 10 * kDayUs};
  EXPECT_EQ(NextSpan(record, KnownUpTo(kDayOfCheck), kDayOfCheck)->from_us, record.checked_to_us);
  const CompletenessRecord long_ago{.checked_to_us = kDayOfCheck - 400 * kDayUs};
  EXPECT_EQ(NextSpan(long_ago, KnownUpTo(kDayOfCheck), kDayOfCheck),
            (OrdersSpan{long_ago.checked_to_us, long_ago.checked_to_us + kLongestSpanUs}))
      << "the rest comes with the next ones";
}

TEST(NextSpanTest, BeginsNoEarlierThanTheLiveWindow) {
  EXPECT_EQ(NextSpan({}, KnownUpTo(kDayOfCheck, kDayOfCheck - kDayUs), kDayOfCheck)->from_us, kDayOfCheck - kDayUs);
  EXPECT_FALSE(NextSpan({}, KnownUpTo(kDayOfCheck, kDayOfCheck - kHourUs), kDayOfCheck).has_value());
}

TEST(NextSpanTest, WithoutAnyOrdersRead_ThereIsNone) {
  EXPECT_FALSE(NextSpan({}, KnownUpTo(0, kDayOfCheck - kDayUs), kDayOfCheck).has_value());
}

TEST(SpanTest, CountsAnew_AndMovesTheProofForwardOnly) {
  CompletenessRecord record{.account_id = "acc", .checked_to_us = 50, .missing_total = 7};
  record = WithSpanBegun(record, {10, 40}, 100);
  EXPECT_TRUE(IsUnderWay(record));
  EXPECT_GE(NextComparisonUs(record, 30), 115);
  EXPECT_LT(NextComparisonUs(record, 30), 145);
  record.missing = 2;
  record.cursor.state = "here";
  record = WithSpanEnded(record, 110);
  EXPECT_FALSE(IsUnderWay(record));
  EXPECT_EQ(record.checked_to_us, 50);
  EXPECT_EQ(record.cursor, CursorRecord{});
  EXPECT_EQ(record.checks, 1);
  EXPECT_EQ(record.missing_total, 7);
  record = WithSpanBegun(record, {40, 90}, 200);
  EXPECT_EQ(record.missing, 0);
  EXPECT_EQ(WithSpanEnded(record, 210).checked_to_us, 90);
}

TEST(SpanTest, TheFirstComparison_IsDueAtOnce) { EXPECT_EQ(NextComparisonUs({}, kDayUs), 0); }

}  // namespace
}  // namespace quayside
