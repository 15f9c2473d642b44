// The orders of a span by Amazon's report of them, against the simulated Amazon; and the lines of such a report.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "order_report.h"
#include "order_report_lines.h"
#include "order_report_position.h"
#include "server_clock.h"
#include "simulated_amazon.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kUkPlace[] = "A1F83G8C2ARO7P";
constexpr char kDePlace[] = "A1PA6795UKMFR9";

class OrderReportTest : public ::testing::Test {
 protected:
  OrderReportTest() {
    amazon_.Control("settings",
                    R"({"reports": {"compression": "none", "charset": "UTF-8", "queue_s": 5, "work_s": 5}})");
  }

  std::string Place(const std::string& more = "") {
    const auto placed = amazon_.Control("place-orders", R"({"skus": ["MUG"])" + more + "}");
    return std::string(placed.at("placed").at(0).at("order_id").as_string());
  }

  // A step of the span from `from_us` to an hour ago. A process may end after any step: nothing but the cursor stays.
  sdk::Result<pb::EnumerateOrdersReply> Step() {
    pb::EnumerateOrdersRequest request;
    request.set_changed_from_us(from_us_);
    request.set_changed_to_us(to_us_);
    *request.mutable_cursor() = cursor_;
    clock_ = {};
    auto reply = EnumerateOrders(settings_, clock_, request, host_.step());
    if (!reply.ok()) return reply;
    cursor_ = reply.value().next_cursor();
    for (const pb::EnumeratedOrder& order : reply.value().orders()) found_.push_back(order);
    bad_ += reply.value().bad_records_size();
    progress_.push_back(reply.value().progress());
    return reply;
  }

  // To the end of the span that ends an hour ago, waiting as told; how often Amazon was waited for.
  void Read() {
    to_us_ = host_.now() - kHourUs;
    for (int i = 0; i < 500; ++i) {
      const auto reply = Step();
      ASSERT_TRUE(reply.ok()) << reply.error().message;
      if (!reply.value().has_more()) return;
      amazon_.Wait(std::max<int64_t>(reply.value().next_poll_us() - host_.now(), kSecondUs));
    }
    FAIL() << "never ends: " << progress_.back();
  }

  [[nodiscard]] std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    for (const pb::EnumeratedOrder& order : found_) ids.push_back(order.external_id());
    return ids;
  }
  int64_t ReportCount() { return amazon_.Look("reports").at("total").to_number<int64_t>(); }

  sdk::testing::FakeHost host_;
  SimulatedAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUkPlace, kDePlace}};
  ServerClock clock_;
  int64_t from_us_ = host_.now() - kDayUs;
  int64_t to_us_ = 0;
  pb::Cursor cursor_;
  std::vector<pb::EnumeratedOrder> found_;
  std::vector<std::string> progress_;
  int bad_ = 0;
};

TEST_F(OrderReportTest, NamesEachOrderOnce_AlsoOneThatSearchesHide) {
  const std::string uk = R"(, "marketplace": "UK")";
  const std::string plain = Place(uk);
  const std::string german = Place(R"(, "marketplace": "DE")");
  amazon_.Control("faults", R"({"fault": "late-visibility", "seconds": 10000000, "count": 1})");
  const std::string hidden = Place(uk);
  amazon_.Wait(2 * kHourUs);
  Read();
  EXPECT_THAT(Ids(), ::testing::UnorderedElementsAre(plain, german, hidden));
  for (const pb::EnumeratedOrder& order : found_) {
    EXPECT_EQ(order.marketplace(), order.external_id() == german ? kDePlace : kUkPlace);
    EXPECT_EQ(order.raw_status(), "Unshipped");
    EXPECT_GT(order.updated_us(), from_us_);
    EXPECT_FALSE(order.no_sale());
  }
  EXPECT_EQ(ReportCount(), 1) << "one serves all marketplaces";
}

TEST_F(OrderReportTest, WithoutOrders_TheSpanEndsAllTheSame) {
  amazon_.Wait(2 * kHourUs);
  Read();
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_THAT(progress_.back(), HasSubstr("has no lines"));
}

TEST_F(OrderReportTest, OrdersOutsideTheSpan_AreNotNamed) {
  const std::string before = Place();
  amazon_.Wait(3 * kHourUs);
  from_us_ = host_.now() - kHourUs;
  const std::string inside = Place();
  amazon_.Wait(2 * kHourUs);
  const std::string after = Place();
  Read();
  EXPECT_THAT(Ids(), Contains(inside));
  EXPECT_THAT(Ids(), Not(Contains(before)));
  EXPECT_THAT(Ids(), Not(Contains(after)));
}

TEST_F(OrderReportTest, AFatalReport_ProvesNothing_AndAnotherOneServes) {
  const std::string order = Place();
  amazon_.Control("faults", R"({"fault": "fatal-job", "operation": "createReport", "count": 1})");
  amazon_.Wait(2 * kHourUs);
  Read();
  EXPECT_THAT(Ids(), ::testing::ElementsAre(order));
  EXPECT_EQ(ReportCount(), 2);
  EXPECT_THAT(progress_, Contains(HasSubstr("ended FATAL")));
}

TEST_F(OrderReportTest, ALostAnswer_IsSettledByLooking_NotByAskingTwice) {
  const std::string order = Place();
  amazon_.Control("faults", R"({"fault": "timeout-after", "operation": "createReport", "count": 1})");
  amazon_.Wait(2 * kHourUs);
  Read();
  EXPECT_THAT(Ids(), ::testing::ElementsAre(order));
  EXPECT_EQ(ReportCount(), 1);
}

TEST_F(OrderReportTest, ACursorOfAnotherSeller_IsRefused) {
  Place();
  amazon_.Wait(2 * kHourUs);
  to_us_ = host_.now() - kHourUs;
  ASSERT_TRUE(Step().ok());
  settings_.seller_id = "A1SOMEBODYELSE";
  const auto refused = Step();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "CURSOR_INVALID");
}

TEST_F(OrderReportTest, AnEmptySpan_IsRefused) {
  to_us_ = from_us_;
  const auto refused = Step();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "SPAN_EMPTY");
}

TEST(OrderReportLines, AreReadByName_AndTellNothingOfPeople) {
  const auto found =
      FindOrderColumns("Sales-Channel\tship-postal-code\tamazon-order-id\torder-status\tlast-updated-date");
  ASSERT_TRUE(std::holds_alternative<OrderColumns>(found));
  const auto& columns = std::get<OrderColumns>(found);
  pb::EnumeratedOrder order;
  EXPECT_EQ(ReadOrderLine("Amazon.de\t80331\t302-1\tShipped\t2026-01-31T09:30:00+00:00", columns, order), "");
  EXPECT_EQ(order.external_id(), "302-1");
  EXPECT_EQ(order.marketplace(), kDePlace);
  EXPECT_EQ(order.raw_status(), "Shipped");
  EXPECT_EQ(order.updated_us(), 1'769'851'800'000'000);
  order.Clear();
  EXPECT_EQ(ReadOrderLine("Non-Amazon US\t\tS02-2\tShipped\t", columns, order), "");
  EXPECT_TRUE(order.no_sale());
  order.Clear();
  EXPECT_THAT(ReadOrderLine("Amazon.de\t80331", columns, order), Not(HasSubstr("80331")));
  EXPECT_THAT(ReadOrderLine("Amazon.de\t80331\t\tShipped\t", columns, order), HasSubstr("names no order"));
}

TEST(OrderReportLines, WithoutAnIdColumn_TheReportIsOfNoUse) {
  const auto found = FindOrderColumns("sku\tquantity");
  ASSERT_TRUE(std::holds_alternative<std::string>(found));
  EXPECT_THAT(std::get<std::string>(found), HasSubstr("amazon-order-id"));
}

TEST(OrderReportPosition, ComesBackFromItsCursor) {
  OrderReportPosition position = BeginOrderReport(1'000'000'000, 5'000'000'000, {kUkPlace, kDePlace});
  position.place.stage = ReportStage::kRead;
  position.place.id = "5";
  position.place.created_us = 6'000'000'000;
  position.place.offset = 12;
  position.place.size = 40;
  position.place.lines = 2;
  position.place.document = "orders-5";
  position.columns = {4, 1, 2, -1, 0};
  position.last_id = "302-1";
  position.failures = 1;
  const auto cursor = EncodeOrderReport("lane", position);
  ASSERT_TRUE(cursor.ok());
  const auto read = DecodeOrderReport("lane", cursor.value());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().marketplaces, position.marketplaces);
  EXPECT_EQ(read.value().place.stage, position.place.stage);
  EXPECT_EQ(read.value().place.offset, 12);
  EXPECT_EQ(read.value().columns.id, 1);
  EXPECT_EQ(read.value().columns.status, -1);
  EXPECT_EQ(read.value().last_id, "302-1");
  EXPECT_FALSE(DecodeOrderReport("another lane", cursor.value()).ok());
  plugin::v1::Cursor moved = cursor.value();
  moved.set_watermark_us(1);
  EXPECT_FALSE(DecodeOrderReport("lane", moved).ok()) << "the watermark was moved by hand";
}

TEST(OrderReportPosition, PausesGrow_AndAUselessReportIsPassedOver) {
  OrderReportPosition position = BeginOrderReport(0, kDayUs, {kUkPlace});
  position.place.created_us = 7 * kDayUs;
  GiveUpOrderReport(position, true);
  EXPECT_EQ(position.spent_us, 7 * kDayUs);
  EXPECT_EQ(OrderReportPauseUs(position), kHourUs);
  for (int i = 0; i < 6; ++i) GiveUpOrderReport(position, false);
  EXPECT_EQ(position.spent_us, 7 * kDayUs);
  EXPECT_EQ(OrderReportPauseUs(position), 6 * kHourUs);
  EXPECT_EQ(position.place.stage, ReportStage::kLook);
}

}  // namespace
}  // namespace quayside::amazon
