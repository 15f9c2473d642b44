#include <gtest/gtest.h>

#include "tools/quayside/money.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1732356000);  // 2024-11-23 10:00:00Z

google::protobuf::Timestamp Stamp(absl::Time time) {
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(absl::ToUnixSeconds(time));
  return stamp;
}

TEST(TimesTest, FormatRelative_SaysPastAndFuture) {
  EXPECT_EQ(FormatRelative(kNow - absl::Seconds(12), kNow), "12 s ago");
  EXPECT_EQ(FormatRelative(kNow + absl::Seconds(185), kNow), "in 3 min");
  EXPECT_EQ(FormatRelative(kNow - absl::Hours(47), kNow), "47 h ago");
  EXPECT_EQ(FormatRelative(kNow - absl::Hours(49), kNow), "2 d ago");
  EXPECT_EQ(FormatRelative(kNow + absl::Milliseconds(100), kNow), "now");
}

TEST(TimesTest, FormatLength_RoundsDownToTheLargestUnit) {
  EXPECT_EQ(FormatLength(absl::Milliseconds(850)), "850 ms");
  EXPECT_EQ(FormatLength(absl::Seconds(59)), "59 s");
  EXPECT_EQ(FormatLength(absl::Seconds(119)), "1 min");
}

TEST(TimesTest, FormatShort_LeavesTheDateOutOnTheSameUtcDay) {
  EXPECT_EQ(FormatShort(true, Stamp(kNow - absl::Seconds(12)), kNow), "12 s ago (09:59:48Z)");
  EXPECT_EQ(FormatShort(true, Stamp(kNow - absl::Hours(11)), kNow), "11 h ago (2024-11-22 23:00:00Z)");
  EXPECT_EQ(FormatShort(false, {}, kNow), "-");
}

TEST(TimesTest, FormatBothAt_IsTheSameTime_ElsewhereOnTheClock) {
  const auto stamp = Stamp(kNow - absl::Minutes(5));
  EXPECT_EQ(FormatBothAt(true, stamp, kNow, 60), "2024-11-23 10:55:00+01:00 (5 min ago)");
  EXPECT_EQ(FormatBothAt(true, stamp, kNow, -210), "2024-11-23 06:25:00-03:30 (5 min ago)");
  EXPECT_EQ(FormatBothAt(true, stamp, kNow, 0), FormatBoth(true, stamp, kNow));
  EXPECT_EQ(FormatBothAt(false, {}, kNow, 60), "never");
}

TEST(TimesTest, FormatBoth_HasUtcAndDistance) {
  EXPECT_EQ(FormatBoth(true, Stamp(kNow - absl::Minutes(5)), kNow), "2024-11-23 09:55:00Z (5 min ago)");
  EXPECT_EQ(FormatBoth(false, {}, kNow), "never");
}

TEST(NamesTest, ResourceName_TakesIdsAndNames) {
  EXPECT_EQ(ResourceName("channels", "uk"), "channels/uk");
  EXPECT_EQ(ResourceName("channels", "channels/uk"), "channels/uk");
  EXPECT_EQ(ResourceName("channels", ""), "");
  EXPECT_EQ(ResourceId("channels", "channels/uk"), "uk");
}

TEST(NamesTest, ListingName_EncodesTheSku) {
  EXPECT_EQ(ListingName("uk", "A/1 ü"), "channels/uk/listings/A%2F1%20%C3%BC");
  EXPECT_EQ(ListingName("channels/uk", "a-b_c.d~e"), "channels/uk/listings/a-b_c.d~e");
}

v1::Money Amount(std::int64_t units, std::int32_t nanos) {
  v1::Money money;
  money.set_currency_code("GBP");
  money.set_units(units);
  money.set_nanos(nanos);
  return money;
}

TEST(MoneyTest, FormatMoney_IsExact) {
  EXPECT_EQ(FormatMoney(Amount(12, 500000000)), "12.50 GBP");
  EXPECT_EQ(FormatMoney(Amount(0, -10000000)), "-0.01 GBP");
  EXPECT_EQ(FormatMoney(Amount(3, 1)), "3.000000001 GBP");
  EXPECT_EQ(FormatMoney(Amount(INT64_MIN, 0)), "-9223372036854775808.00 GBP");
}

}  // namespace
}  // namespace quayside::cli
