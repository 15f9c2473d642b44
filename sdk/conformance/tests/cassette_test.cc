#include "sdk/conformance/cassette.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kShop[] = R"({
  "options": {"region": "eu"}, "marketplaces": ["main"], "now_us": 5, "changed_from_us": 3,
  "exchanges": [
    {"request": {"method": "GET", "origin": "shop", "path": "/orders", "query": {"since": "*", "state": ["a", "b"]}},
     "reply": {"status": 200, "headers": {"etag": "7"}, "json": {"orders": []}}},
    {"request": {"method": "PUT", "origin": "shop", "path": "/stock", "body": "3"}, "reply": {"status": 204}}],
  "files": {"orders/a.csv": "x"},
  "requests": {"inventory_push/1 push": {"intents": []}},
  "replies": {"order_sync/1 pull": "9f86"},
  "cursors": {"order_sync/1": [{"schema": 1, "state": "AAE=", "watermarkUs": "9", "expected": ["main A-1"]}]}})";

pb::HttpRequest Request(const std::string& method, const std::string& path) {
  pb::HttpRequest request;
  request.set_method(method);
  request.set_origin("shop");
  request.set_path(path);
  return request;
}

void AddQuery(pb::HttpRequest& request, const std::string& name, const std::string& value) {
  pb::QueryParameter& parameter = *request.add_query();
  parameter.set_name(name);
  parameter.set_value(value);
}

TEST(Cassette, Parse_ReadsEveryMember) {
  const CassetteReading reading = ParseCassette(kShop);
  ASSERT_THAT(reading.problem, IsEmpty());
  const Cassette& cassette = reading.cassette;
  EXPECT_EQ(cassette.config.options().at("region"), "eu");
  EXPECT_EQ(cassette.replies.at("order_sync/1 pull"), "9f86");
  EXPECT_EQ(cassette.config.marketplaces(0), "main");
  EXPECT_EQ(cassette.now_us, 5);
  EXPECT_EQ(cassette.changed_from_us, 3);
  ASSERT_EQ(cassette.exchanges.size(), 2u);
  EXPECT_EQ(cassette.exchanges[0].reply.body(), R"({"orders":[]})");
  EXPECT_EQ(cassette.exchanges[0].reply.headers(0).value(), "7");
  EXPECT_EQ(cassette.files.at("orders/a.csv"), "x");
  EXPECT_EQ(cassette.requests.at("inventory_push/1 push"), R"({"intents":[]})");
  ASSERT_EQ(cassette.cursors.at("order_sync/1").size(), 1u);
  const KeptCursor& kept = cassette.cursors.at("order_sync/1")[0];
  EXPECT_EQ(kept.cursor.state(), std::string("\0\1", 2));
  EXPECT_EQ(kept.cursor.watermark_us(), 9);
  EXPECT_THAT(kept.expected, ::testing::ElementsAre("main A-1"));
}

TEST(Cassette, Matches_TakesAnyValueForAStar_AndTheQueryInAnyOrder) {
  const CassetteReading reading = ParseCassette(kShop);
  pb::HttpRequest request = Request("GET", "/orders");
  AddQuery(request, "state", "a");
  AddQuery(request, "since", "17");
  EXPECT_FALSE(Matches(reading.cassette.exchanges[0], request)) << "a parameter is missing";
  AddQuery(request, "state", "b");
  EXPECT_TRUE(Matches(reading.cassette.exchanges[0], request));
  AddQuery(request, "page", "2");
  EXPECT_FALSE(Matches(reading.cassette.exchanges[0], request)) << "one more than was recorded";
}

TEST(Cassette, Matches_ComparesABodyOnlyWhereOneIsRecorded) {
  const CassetteReading reading = ParseCassette(kShop);
  pb::HttpRequest request = Request("PUT", "/stock");
  EXPECT_FALSE(Matches(reading.cassette.exchanges[1], request));
  request.set_body("3");
  EXPECT_TRUE(Matches(reading.cassette.exchanges[1], request));
}

TEST(Cassette, AMistake_IsNamed) {
  EXPECT_THAT(ParseCassette(R"({"exchange": []})").problem, HasSubstr("no member 'exchange'"));
  EXPECT_THAT(ParseCassette(R"({"exchanges": [{"request": {"url": "x"}, "reply": {}}]})").problem,
              HasSubstr("exchanges[0].request: there is no member 'url'"));
  EXPECT_FALSE(ParseCassette("[]").problem.empty());
  EXPECT_FALSE(ParseCassette("").problem.empty());
  EXPECT_THAT(ParseCassette(R"({"cursors": {"a/1": [{"schemata": 1}]}})").problem, HasSubstr("cursors"));
}

}  // namespace
}  // namespace quayside::conformance
