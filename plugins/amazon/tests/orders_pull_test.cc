// The orders lane: windows, pages, clocks, restarts.
#include "orders_world.h"

namespace quayside::amazon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(OrdersTest, OneCall_ServesAllMarketplacesOfTheAccount) {
  amazon_.PutOrder("1", host_.now() - kHour, kUk);
  amazon_.PutOrder("2", host_.now() - kHour, kDe);
  amazon_.PutOrder("3", host_.now() - kHour, "A13V1IB3VIYZZH");
  PullAll();
  EXPECT_THAT(seen_, ElementsAre("1", "2"));
  EXPECT_EQ(amazon_.Calls("searchOrders"), 1);
  EXPECT_EQ(LastQuery("marketplaceIds"), std::string(kUk) + "," + kDe);
  EXPECT_THAT(LastQuery("includedData"), HasSubstr("FULFILLMENT"));
  EXPECT_THAT(LastQuery("includedData"), HasSubstr("RECIPIENT"));
}

TEST_F(OrdersTest, Window_EndsThreeMinutesAgoAndTheWatermarkIsItsEnd) {
  const pb::PullOrdersReply reply = PullAll();
  const int64_t end = host_.now() - 3 * kMinute;
  EXPECT_EQ(reply.next_cursor().watermark_us(), end);
  EXPECT_EQ(reply.next_cursor().schema(), 1u);
  EXPECT_EQ(reply.next_poll_us(), host_.now() + 240 * kSecond);
}

TEST_F(OrdersTest, NextWindow_OverlapsByAQuarterOfAnHour) {
  PullAll();
  const int64_t first_end = cursor_->watermark_us();
  host_.SetNow(host_.now() + 4 * kMinute);
  // Shown late: it changed before the end of the window that was read.
  amazon_.PutOrder("late", first_end - 10 * kMinute);
  PullAll();
  EXPECT_THAT(seen_, ElementsAre("late"));
  EXPECT_EQ(cursor_->watermark_us(), first_end + 4 * kMinute);
}

TEST_F(OrdersTest, FirstWindow_DoesNotReachBehindWhatWasAskedFor) {
  amazon_.PutOrder("older", from_ - kSecond);
  amazon_.PutOrder("exactly", from_);
  PullAll();
  EXPECT_THAT(seen_, ElementsAre("exactly"));
}

TEST_F(OrdersTest, EmptyWindow_CostsNoCall) {
  from_ = host_.now() - kMinute;
  const pb::PullOrdersReply reply = PullOk();
  EXPECT_FALSE(reply.has_more());
  EXPECT_GE(reply.next_poll_us(), host_.now() + 240 * kSecond);
  EXPECT_EQ(host_.requests().size(), 0u);
  EXPECT_EQ(reply.next_cursor().watermark_us(), from_);
}

TEST_F(OrdersTest, SameCursor_GivesTheSameSetAgain) {
  for (int i = 0; i < 10; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour + i * kSecond);
  page_size_ = 3;
  PullOk();
  const pb::Cursor before = *cursor_;
  const pb::PullOrdersReply once = PullOk();
  cursor_ = before;
  const pb::PullOrdersReply twice = PullOk();
  ASSERT_EQ(once.orders_size(), twice.orders_size());
  for (int i = 0; i < once.orders_size(); ++i) EXPECT_EQ(once.orders(i).external_id(), twice.orders(i).external_id());
  EXPECT_EQ(once.next_cursor().SerializeAsString(), twice.next_cursor().SerializeAsString());
}

class OrdersPaging : public OrdersTest, public ::testing::WithParamInterface<std::tuple<int, bool>> {};

TEST_P(OrdersPaging, EveryPageSizeAndEveryStopGivesTheSameSet) {
  page_size_ = std::get<0>(GetParam());
  restart_each_step_ = std::get<1>(GetParam());
  std::set<std::string> all;
  for (int i = 0; i < 60; ++i) {
    all.insert("o" + std::to_string(i));
    // Several share a second.
    amazon_.PutOrder("o" + std::to_string(i), host_.now() - kDay + (i / 3) * kMinute);
  }
  PullAll();
  EXPECT_EQ(seen_, all);
  EXPECT_EQ(amazon_.Calls("searchOrders"), (60 + page_size_ - 1) / page_size_);
  EXPECT_EQ(LastQuery("maxResultsPerPage"), std::to_string(page_size_));
}

INSTANTIATE_TEST_SUITE_P(Sizes, OrdersPaging, ::testing::Combine(::testing::Values(1, 7, 100), ::testing::Bool()));

TEST_F(OrdersTest, PageSize_IsBoundedByAmazons) {
  page_size_ = 0;
  PullOk();
  EXPECT_EQ(LastQuery("maxResultsPerPage"), "100");
  cursor_.reset();
  page_size_ = 5000;
  PullOk();
  EXPECT_EQ(LastQuery("maxResultsPerPage"), "100");
}

TEST_F(OrdersTest, Pages_KeepTheFirstOnesParametersWhateverChangesMeanwhile) {
  for (int i = 0; i < 5; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 2;
  PullOk();
  const std::string before = LastQuery("lastUpdatedBefore");
  host_.SetNow(host_.now() + kHour);
  settings_.marketplaces.push_back("A13V1IB3VIYZZH");
  without_people_ = true;
  page_size_ = 1;
  PullOk();
  EXPECT_EQ(LastQuery("lastUpdatedBefore"), before);
  EXPECT_EQ(LastQuery("marketplaceIds"), std::string(kUk) + "," + kDe);
  EXPECT_THAT(LastQuery("includedData"), HasSubstr("BUYER"));
  PullAll();
  EXPECT_EQ(seen_.size(), 5u);
}

TEST_F(OrdersTest, AMarketplaceThatIsSwitchedOff_IsAskedForNoMore_AndItsWindowBeginsAgain) {
  for (int i = 0; i < 5; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 2;
  PullOk();
  settings_.marketplaces = {kUk};
  PullOk();
  EXPECT_EQ(LastQuery("marketplaceIds"), kUk);
  EXPECT_EQ(LastQuery("paginationToken"), "(absent)");
  PullAll();
  EXPECT_EQ(seen_.size(), 5u);
}

TEST_F(OrdersTest, WatermarkStandsStill_UntilTheLastPage) {
  for (int i = 0; i < 5; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 2;
  EXPECT_EQ(PullOk().next_cursor().watermark_us(), from_);
  EXPECT_EQ(PullOk().next_cursor().watermark_us(), from_);
  EXPECT_GT(PullOk().next_cursor().watermark_us(), from_);
}

TEST_F(OrdersTest, OrderThatChangesWhilePagesAreRead_IsInTheNextWindow) {
  for (int i = 0; i < 6; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour + i * kMinute);
  page_size_ = 2;
  PullOk();
  amazon_.PutOrder("5", host_.now());
  PullAll();
  EXPECT_EQ(seen_.count("5"), 0u);
  host_.SetNow(host_.now() + 4 * kMinute);
  PullAll();
  EXPECT_EQ(seen_.size(), 6u);
}

TEST_F(OrdersTest, RefusedToken_BeginsTheSameWindowAgain) {
  for (int i = 0; i < 5; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 2;
  PullOk();
  const std::string after = LastQuery("lastUpdatedAfter");
  const std::string before = LastQuery("lastUpdatedBefore");
  amazon_.forgets_tokens = true;
  EXPECT_TRUE(PullOk().has_more());
  amazon_.forgets_tokens = false;
  PullOk();
  EXPECT_EQ(LastQuery("paginationToken"), "(absent)");
  EXPECT_EQ(LastQuery("lastUpdatedAfter"), after);
  EXPECT_EQ(LastQuery("lastUpdatedBefore"), before);
  PullAll();
  EXPECT_EQ(seen_.size(), 5u);
}

TEST_F(OrdersTest, TokensRefusedForEver_EndInAWaitNotInALoopNorInAGap) {
  for (int i = 0; i < 5; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 2;
  amazon_.forgets_tokens = true;
  sdk::Result<pb::PullOrdersReply> reply = Pull();
  for (int i = 0; i < 20 && reply.ok(); ++i) reply = Pull();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_RETRY);
  EXPECT_EQ(reply.error().reason, "PAGING_BROKEN");
  EXPECT_LE(amazon_.Calls("searchOrders"), 8) << "three quick restarts";
  EXPECT_EQ(cursor_->watermark_us(), from_);

  host_.SetNow(reply.error().retry_at_us);
  amazon_.forgets_tokens = false;
  PullAll();
  EXPECT_EQ(seen_.size(), 5u) << "healed, it goes on by itself";
}

TEST_F(OrdersTest, RepeatedPage_BeginsTheWindowAgain) {
  for (int i = 0; i < 6; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 2;
  PullOk();
  amazon_.repeats_pages = true;
  const pb::PullOrdersReply repeated = PullOk();
  EXPECT_EQ(repeated.orders_size(), 0);
  EXPECT_TRUE(repeated.has_more());
  amazon_.repeats_pages = false;
  PullAll();
  EXPECT_EQ(seen_.size(), 6u);
}

TEST_F(OrdersTest, TokenOlderThanADay_IsNotSentAndTheWindowIsHalved) {
  page_size_ = 1;
  for (int i = 0; i < 20; ++i) amazon_.PutOrder(std::to_string(i), from_ + i * 2 * kHour);
  PullOk();
  const std::string before = LastQuery("lastUpdatedBefore");
  const int calls = amazon_.Calls("searchOrders");
  host_.SetNow(host_.now() + kDay);
  EXPECT_TRUE(PullOk().has_more());
  EXPECT_EQ(amazon_.Calls("searchOrders"), calls) << "the old token costs no call";
  PullOk();
  EXPECT_LT(LastQuery("lastUpdatedBefore"), before);
  PullAll();
  EXPECT_EQ(seen_.size(), 20u);
}

TEST_F(OrdersTest, LongBackfill_GoesInWindowsThatGrowWhereNothingHappened) {
  from_ = host_.now() - 700 * kDay;
  amazon_.PutOrder("old", from_ + kDay);
  amazon_.PutOrder("new", host_.now() - kHour);
  PullAll();
  EXPECT_THAT(seen_, ElementsAre("new", "old"));
  EXPECT_LE(amazon_.Calls("searchOrders"), 20) << "two years within the burst";
  EXPECT_EQ(cursor_->watermark_us(), host_.now() - 3 * kMinute);
}

TEST_F(OrdersTest, Backfill_EndsWhereItWasToldToAndStaysThere) {
  to_ = host_.now() - kDay;
  amazon_.PutOrder("inside", to_ - kHour);
  amazon_.PutOrder("edge", to_);
  amazon_.PutOrder("behind", to_ + kHour);
  const pb::PullOrdersReply reply = PullAll();
  EXPECT_THAT(seen_, ElementsAre("edge", "inside"));
  EXPECT_EQ(reply.next_cursor().watermark_us(), to_);
  EXPECT_EQ(reply.next_poll_us(), 0);
  const int calls = amazon_.Calls("searchOrders");
  host_.SetNow(host_.now() + kDay);
  EXPECT_FALSE(PullOk().has_more());
  EXPECT_EQ(amazon_.Calls("searchOrders"), calls);
}

TEST_F(OrdersTest, FromTheBeginningOfTime_StartsWhereAmazonDoes) {
  from_ = -62'135'596'800'000'000;  // 0001-01-01
  PullOk();
  EXPECT_EQ(LastQuery("lastUpdatedAfter"), "2016-01-01T00:00:00Z");
}

TEST_F(OrdersTest, EffectiveEnd_IsWhatAmazonApplied) {
  amazon_.applied_before_us = (host_.now() - kHour) / kSecond * kSecond;
  const pb::PullOrdersReply reply = PullAll();
  EXPECT_EQ(reply.next_cursor().watermark_us(), *amazon_.applied_before_us);
  EXPECT_EQ(amazon_.Calls("searchOrders"), 1) << "asking again at once would not show more";
}

TEST_F(OrdersTest, HostClockBehind_IsPutRightByAmazons) {
  amazon_.clock_offset_us = 10 * kMinute;
  PullAll();
  host_.SetNow(host_.now() + 4 * kMinute);
  PullAll();
  EXPECT_NEAR(static_cast<double>(cursor_->watermark_us()), static_cast<double>(amazon_.Now() - 3 * kMinute), 2e6);
}

TEST_F(OrdersTest, HostClockAhead_IsLearnedFromTheRefusal) {
  amazon_.clock_offset_us = -30 * kMinute;
  amazon_.PutOrder("1", amazon_.Now() - kHour);
  const pb::PullOrdersReply refused = PullOk();
  EXPECT_TRUE(refused.has_more());
  EXPECT_EQ(refused.next_cursor().watermark_us(), from_);
  PullAll();
  EXPECT_THAT(seen_, ElementsAre("1"));
  EXPECT_EQ(amazon_.Calls("searchOrders"), 2);
}

TEST_F(OrdersTest, ClockDifference_SurvivesInTheCursor) {
  amazon_.clock_offset_us = -30 * kMinute;
  restart_each_step_ = true;
  PullAll();
  host_.SetNow(host_.now() + 4 * kMinute);
  const int calls = amazon_.Calls("searchOrders");
  PullAll();
  EXPECT_EQ(amazon_.Calls("searchOrders"), calls + 1) << "no second refusal";
}

TEST_F(OrdersTest, WithoutDateHeader_TheHostsClockServes) {
  amazon_.sends_date = false;
  PullAll();
  EXPECT_EQ(cursor_->watermark_us(), host_.now() - 3 * kMinute);
}

TEST_F(OrdersTest, RefusalThatIsNotTheClocks_IsAnErrorForTheOperator) {
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "includedData is wrong"));
  auto reply = Pull();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_INVALID);
  EXPECT_THAT(reply.error().message, HasSubstr("includedData is wrong"));
}

}  // namespace
}  // namespace quayside::amazon
