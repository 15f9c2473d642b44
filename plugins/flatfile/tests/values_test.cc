#include "values.h"

#include <gtest/gtest.h>

namespace quayside::flatfile {
namespace {

constexpr int64_t kTenOClock = 1'795'860'000'000'000;  // 2026-11-28T10:00:00Z

TEST(Count, IsWhole) {
  EXPECT_EQ(ParseCount("7", 10, '.'), 7);
  EXPECT_EQ(ParseCount("7.00", 10, '.'), 7);
  EXPECT_EQ(ParseCount("7,0", 10, ','), 7);
  for (const char* text : {"", "-1", "11", "7.5", "7.", "1e1", " 7", "99999999999999999999", "1,000"})
    EXPECT_FALSE(ParseCount(text, 10, '.').has_value()) << text;
}

TEST(Amount, IsExact) {
  const auto amount = ParseAmount("-12.345", '.', "EUR");
  ASSERT_TRUE(amount.has_value());
  EXPECT_EQ(amount->units(), -12);
  EXPECT_EQ(amount->nanos(), -345'000'000);
  EXPECT_EQ(amount->currency_code(), "EUR");
  EXPECT_EQ(ParseAmount("0,000000001", ',', "EUR")->nanos(), 1);
  for (const char* text : {"", "-", ".5", "5.", "1,234.50", "1.2.3", "0.0000000001", "12 EUR", "99999999999999999999"})
    EXPECT_FALSE(ParseAmount(text, '.', "EUR").has_value()) << text;
}

TEST(Time, HasTheFormsThatAreNamed) {
  EXPECT_EQ(ParseTime("2026-11-28T10:00:00Z", DateOrder::kIso), kTenOClock);
  EXPECT_EQ(ParseTime("2026-11-28 10:00", DateOrder::kIso), kTenOClock);
  EXPECT_EQ(ParseTime("2026-11-28T11:00:00.000+01:00", DateOrder::kIso), kTenOClock);
  EXPECT_EQ(ParseTime("2026-11-28T04:30:00-0530", DateOrder::kIso), kTenOClock);
  EXPECT_EQ(ParseTime("28.11.2026 10:00", DateOrder::kDayFirst), kTenOClock);
  EXPECT_EQ(ParseTime("11/28/2026 10:00:00", DateOrder::kMonthFirst), kTenOClock);
  EXPECT_EQ(ParseTime("28-11-2026 9:59:60", DateOrder::kDayFirst), kTenOClock)
      << "a leap second is the next minute's first";
  EXPECT_EQ(ParseTime("2026-11-28T11:00+01:00", DateOrder::kIso), kTenOClock);
  EXPECT_EQ(ParseTime("2026-11-28", DateOrder::kIso), kTenOClock - 36'000 * kSecondUs);
  EXPECT_EQ(ParseTime("2026-11-28T10:00:00.25Z", DateOrder::kDayFirst), kTenOClock + 250'000);
  for (const char* text :
       {"", "28.11.2026", "2026-02-30", "2026-11-28T", "2026-11-28T25:00", "2026-11-28x", "1969-01-01",
        "1970-01-01T00:30+01:00", "2026-11-28T:00", "2026-11-28T+1:00", "2026-11-28T100:00", "2026-11-28T10:0", "2026",
        "2026-1-02", "2026-11-28 10:00 ", "2026-11-28T10:00:00.Z", "2026-11-28T10:00+1"})
    EXPECT_FALSE(ParseTime(text, DateOrder::kIso).has_value()) << text;
  EXPECT_FALSE(ParseTime("11/28/2026", DateOrder::kDayFirst).has_value());
}

TEST(Time, IsWrittenAsItIsRead) {
  EXPECT_EQ(FormatTime(kTenOClock), "2026-11-28T10:00:00Z");
  EXPECT_EQ(TimeStamp(kTenOClock), "20261128T100000Z");
  EXPECT_EQ(ParseTime(FormatTime(kTenOClock), DateOrder::kIso), kTenOClock);
}

}  // namespace
}  // namespace quayside::flatfile
