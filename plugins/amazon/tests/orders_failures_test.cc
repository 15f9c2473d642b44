// The orders lane: failures, bad records, foreign cursors; and single orders by id.
#include <random>

#include "cursor_codec.h"
#include "orders_position.h"
#include "orders_world.h"

namespace quayside::amazon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(OrdersTest, Failure_LeavesThePositionWhereItWas) {
  amazon_.PutOrder("1", host_.now() - kHour);
  page_size_ = 1;
  amazon_.PutOrder("2", host_.now() - kHour);
  PullOk();
  const std::string before = cursor_->SerializeAsString();
  for (const auto& [status, expected] :
       {std::pair(429, QS_RETRY), {500, QS_RETRY}, {503, QS_RETRY}, {403, QS_AUTH}, {401, QS_AUTH}}) {
    amazon_.InjectReply(ErrorReply(status, "Code", "words"));
    auto reply = Pull();
    ASSERT_FALSE(reply.ok()) << status;
    EXPECT_EQ(reply.error().status, expected) << status;
    EXPECT_EQ(cursor_->SerializeAsString(), before);
  }
  PullAll();
  EXPECT_EQ(seen_.size(), 2u);
}

TEST_F(OrdersTest, Throttled_SaysWhen) {
  amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "You exceeded your quota."));
  const sdk::Error error = Pull().error();
  EXPECT_EQ(error.reason, "THROTTLED");
  EXPECT_GT(error.retry_at_us, host_.now() + 170 * kSecond);
}

TEST_F(OrdersTest, DownForAWhile_SaysWhenAmazonSays) {
  amazon_.InjectReply(sdk::testing::Json(503, "", {{"retry-after", "30"}}));
  const sdk::Error error = Pull().error();
  EXPECT_EQ(error.reason, "CHANNEL_UNAVAILABLE");
  EXPECT_EQ(error.retry_at_us, host_.now() + 30 * kSecond);
}

TEST_F(OrdersTest, Refused403_IsPlainWordsForTheOperator) {
  amazon_.refused_operations = {"searchOrders"};
  const sdk::Error error = Pull().error();
  EXPECT_EQ(error.reason, "CREDENTIALS_REFUSED");
  EXPECT_THAT(error.message, HasSubstr("role"));
}

TEST_F(OrdersTest, NoAllowance_IsTheHostsErrorAsItIs) {
  amazon_.InjectError(sdk::Error::RetryAt(host_.now() + 99, "RATE_LIMITED", "no token"));
  const sdk::Error error = Pull().error();
  EXPECT_EQ(error.reason, "RATE_LIMITED");
  EXPECT_EQ(error.retry_at_us, host_.now() + 99);
}

TEST_F(OrdersTest, LostAnswerToARead_IsJustAskedAgain) {
  amazon_.InjectError({QS_UNKNOWN, "HTTP_OUTCOME_UNKNOWN", "connection reset", {}});
  EXPECT_EQ(Pull().error().status, QS_RETRY);
}

TEST_F(OrdersTest, PageThatIsNoJson_IsAskedAgain) {
  amazon_.PutOrder("1", host_.now() - kHour);
  for (const char* body :
       {"<html>503</html>", "", "{\"orders\": [", "[]", "{}", "{\"orders\": {}}", "{\"orders\": [], \"pagination\": 7}",
        "{\"orders\": [], \"lastUpdatedBefore\": \"soon\"}"}) {
    amazon_.InjectReply(sdk::testing::Json(200, body));
    auto reply = Pull();
    ASSERT_FALSE(reply.ok()) << body;
    EXPECT_EQ(reply.error().status, QS_RETRY) << body;
    EXPECT_EQ(reply.error().reason, "CHANNEL_UNAVAILABLE") << body;
    EXPECT_FALSE(cursor_);
  }
  PullAll();
  EXPECT_THAT(seen_, ElementsAre("1"));
}

TEST_F(OrdersTest, BadOrder_DoesNotStopTheOthers) {
  amazon_.PutOrder("1", host_.now() - kHour);
  boost::json::object bad = FakeAmazon::OrderJson("2", host_.now() - kHour, kUk);
  bad["createdTime"] = "once";
  amazon_.PutOrderJson("2", host_.now() - kHour, bad);
  amazon_.PutOrderJson("3", host_.now() - kHour, "no object");
  amazon_.PutOrder("4", host_.now() - kHour);
  const pb::PullOrdersReply reply = PullAll();
  EXPECT_THAT(seen_, ElementsAre("1", "4"));
  ASSERT_EQ(reply.bad_records_size(), 2);
  EXPECT_EQ(reply.bad_records(0).key(), "2");
  EXPECT_EQ(reply.bad_records(1).key(), "orders[2]");
}

TEST_F(OrdersTest, TextThatIsNoUtf8_SpoilsItsOrderOnly) {
  amazon_.PutOrder("1", host_.now() - kHour);
  std::string body = R"({"orders": [)" + boost::json::serialize(FakeAmazon::OrderJson("1", host_.now() - kHour, kUk)) +
                     "," + boost::json::serialize(FakeAmazon::OrderJson("2", host_.now() - kHour, kUk)) + "]}";
  body.replace(body.find("SKU-1"), 5, "\xc3\x28-XX");
  amazon_.InjectReply(sdk::testing::Json(200, body));
  const pb::PullOrdersReply reply = PullAll();
  EXPECT_THAT(seen_, ElementsAre("2"));
  ASSERT_EQ(reply.bad_records_size(), 1);
  EXPECT_EQ(reply.bad_records(0).reason(), "sellerSku is no valid UTF-8");
}

TEST_F(OrdersTest, WithoutPersonalData_IsNotEvenAskedFor) {
  without_people_ = true;
  boost::json::object order = FakeAmazon::OrderJson("1", host_.now() - kHour, kUk);
  order["buyer"] = {{"buyerName", "Ada"}};
  amazon_.PutOrderJson("1", host_.now() - kHour, order);
  const pb::PullOrdersReply reply = PullAll();
  EXPECT_EQ(LastQuery("includedData"), "PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES");
  EXPECT_FALSE(reply.orders(0).has_buyer());
}

TEST_F(OrdersTest, MarketplacesWanted_AreThoseOfTheRequest) {
  pb::PullOrdersRequest request;
  request.set_changed_from_us(from_);
  request.add_marketplaces(kDe);
  ASSERT_TRUE(Orders(settings_, clock_).Pull(request, host_.step()).ok());
  EXPECT_EQ(LastQuery("marketplaceIds"), kDe);
}

TEST_F(OrdersTest, AccountWithoutMarketplace_SaysSo) {
  settings_.marketplaces.clear();
  const sdk::Error error = Pull().error();
  EXPECT_EQ(error.status, QS_INVALID);
  EXPECT_EQ(error.field, "marketplaces");
}

TEST_F(OrdersTest, CursorOfAnotherAccount_IsRefused) {
  PullOk();
  settings_.seller_id = "A1SOMEBODYELSE";
  EXPECT_EQ(Pull().error().reason, "CURSOR_INVALID");
}

TEST_F(OrdersTest, RandomAndMutatedCursors_NeverCrashNorPass) {
  for (int i = 0; i < 4; ++i) amazon_.PutOrder(std::to_string(i), host_.now() - kHour);
  page_size_ = 1;
  PullOk();
  const pb::Cursor good = *cursor_;
  std::mt19937 random(20261123);
  for (int i = 0; i < 3000; ++i) {
    pb::Cursor cursor = good;
    if (i % 2 == 0) {
      std::string bytes(random() % 200 + 1, '\0');
      for (char& c : bytes) c = static_cast<char>(random());
      cursor.set_state(bytes);
    } else {
      std::string* state = cursor.mutable_state();
      (*state)[random() % state->size()] ^= static_cast<char>(random() % 255 + 1);
    }
    cursor_ = cursor;
    auto reply = Pull();
    ASSERT_FALSE(reply.ok());
    ASSERT_EQ(reply.error().status, QS_INVALID);
  }
}

// The checksum right, the content wrong: what only a mistake of ours could write.
TEST_F(OrdersTest, WellSealedNonsense_IsRefusedToo) {
  const std::string lane = "orders/eu/A1QUAYSIDE0EU";
  for (
      const char* state :
      {"{}", R"({"span": -5})", R"({"span": 1, "watermark": "x"})", R"({"span": 1, "sequence": 7})",
       R"({"span": 1, "sequence": {}})",
       R"({"span": 1, "sequence": {"after": 9, "before": 3, "marketplaces": "a", "included": "b", "pages": 0, "restarts": 0}})",
       R"({"span": 1, "watermark": 7})"}) {
    cursor_ = EncodeCursor(kOrdersCursorSchema, lane, boost::json::parse(state).as_object(), 0).value();
    auto reply = Pull();
    ASSERT_FALSE(reply.ok()) << state;
    EXPECT_EQ(reply.error().reason, "CURSOR_INVALID") << state;
  }
}

TEST_F(OrdersTest, Get_FetchesByIdAndNamesWhatIsNotThere) {
  amazon_.PutOrder("1", host_.now() - kHour);
  boost::json::object bad = FakeAmazon::OrderJson("2", host_.now() - kHour, kUk);
  bad.erase("createdTime");
  amazon_.PutOrderJson("2", host_.now() - kHour, bad);
  pb::GetOrdersRequest request;
  for (const char* id : {"1", "2", "3"}) request.add_external_ids(id);
  auto reply = Orders(settings_, clock_).Get(request, host_.step());
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply.value().orders_size(), 1);
  EXPECT_EQ(reply.value().orders(0).external_id(), "1");
  ASSERT_EQ(reply.value().bad_records_size(), 1);
  EXPECT_EQ(reply.value().bad_records(0).key(), "2");
  EXPECT_THAT(reply.value().not_found(), ElementsAre("3"));
  EXPECT_EQ(amazon_.Calls("getOrder"), 3);
}

TEST_F(OrdersTest, Get_HandsOverWhatItHasWhenTheAllowanceEnds) {
  amazon_.PutOrder("1", host_.now() - kHour);
  pb::GetOrdersRequest request;
  request.add_external_ids("1");
  request.add_external_ids("2");
  bool first = true;
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    if (std::exchange(first, false)) amazon_.InjectError(sdk::Error::RetryAt(9, "RATE_LIMITED", ""));
  };
  auto reply = Orders(settings_, clock_).Get(request, host_.step());
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().orders_size(), 1);
  EXPECT_EQ(reply.value().not_found_size(), 0) << "id 2 was not reached; nothing is said about it";
  amazon_.InjectError(sdk::Error::RetryAt(9, "RATE_LIMITED", ""));
  EXPECT_EQ(Orders(settings_, clock_).Get(request, host_.step()).error().reason, "RATE_LIMITED");
}

TEST_F(OrdersTest, Get_OfAnIdAmazonRefuses_IsABadRecord) {
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "orderId is invalid"));
  pb::GetOrdersRequest request;
  request.add_external_ids("../x");
  auto reply = Orders(settings_, clock_).Get(request, host_.step());
  ASSERT_TRUE(reply.ok());
  EXPECT_THAT(reply.value().bad_records(0).reason(), HasSubstr("orderId is invalid"));
  EXPECT_EQ(host_.requests().back().path(), "/orders/2026-01-01/orders/..%2Fx");
}

}  // namespace
}  // namespace quayside::amazon
