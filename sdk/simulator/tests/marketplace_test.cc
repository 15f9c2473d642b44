#include "sdk/simulator/marketplace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace quayside::simulator {
namespace {

namespace json = boost::json;
using amazon_sim::Response;

constexpr int64_t kBeginUs = 1'790'000'000'000'000;
constexpr int64_t kSecondUs = 1'000'000;

constexpr char kShop[] = R"({
  "state": {"orders": [{"$repeat": 5, "item": {"id": "A-{n}", "changed": {"$ago_s": 100, "every_s": 10}}}], "stock": []},
  "routes": [
    {"method": "GET", "path": "/orders", "operation": "orders",
     "list": {"from": "orders", "where": [{"field": "changed", "at_least": "since"}], "sort": "changed", "limit": 2,
              "page": "page", "as": "orders", "more": "more", "pages": "pages"}},
    {"method": "GET", "path": "/orders/{id}", "get": {"from": "orders", "where": [{"field": "id", "equals": "id"}]}},
    {"method": "PATCH", "path": "/orders/{id}", "change": {"from": "orders", "where": [{"field": "id", "equals": "id"}]}},
    {"method": "DELETE", "path": "/orders/{id}", "remove": {"from": "orders", "where": [{"field": "id", "equals": "id"}]},
     "reply": {"status": 204}},
    {"method": "PUT", "path": "/stock/{sku}", "operation": "stock", "put": {"into": "stock", "key": ["sku"]},
     "reply": {"status": 201, "headers": {"x-request-id": "7"}}}]EXTRA})";

class MarketplaceTest : public ::testing::Test {
 protected:
  // `extra` are further members of the script.
  void Open(const std::string& extra = "") {
    std::string text = kShop;
    text.replace(text.find("EXTRA"), 5, extra.empty() ? "" : ", " + extra);
    ScriptReading reading = ParseScript(text, now_us_);
    ASSERT_EQ(reading.problem, "");
    marketplace_ = std::make_unique<Marketplace>(
        std::move(reading.script), [this] { return now_us_; }, 1);
  }
  Response Ask(const std::string& method, const std::string& target, const std::string& body = "",
               const amazon_sim::Headers& headers = {}) {
    return marketplace_->Handle({.method = method, .target = target, .headers = headers, .body = body});
  }
  json::value Read(const std::string& target) { return json::parse(Ask("GET", target).body); }

  int64_t now_us_ = kBeginUs;
  std::unique_ptr<Marketplace> marketplace_;
};

std::vector<std::string> Ids(const json::value& page) {
  std::vector<std::string> ids;
  for (const json::value& order : page.at("orders").as_array()) ids.emplace_back(order.at("id").as_string().c_str());
  return ids;
}

const std::string* Header(const Response& response, const char* name) {
  return amazon_sim::FindHeader(response.headers, name);
}

TEST_F(MarketplaceTest, Lists_FilteredSortedAndPaged) {
  Open();
  const json::value first = Read("/orders");
  EXPECT_EQ(Ids(first), (std::vector<std::string>{"A-1", "A-2"}));
  EXPECT_TRUE(first.at("more").as_bool());
  EXPECT_EQ(first.at("pages").to_number<int>(), 3);
  const json::value last = Read("/orders?page=3");
  EXPECT_EQ(Ids(last), (std::vector<std::string>{"A-5"}));
  EXPECT_FALSE(last.at("more").as_bool());
  // The fourth was changed 70 s before the beginning, exactly.
  const json::value since = Read("/orders?since=" + std::to_string(kBeginUs - 70 * kSecondUs));
  EXPECT_EQ(Ids(since), (std::vector<std::string>{"A-4", "A-5"}));
}

TEST_F(MarketplaceTest, OneItem_IsShownChangedAndRemoved) {
  Open();
  EXPECT_EQ(Read("/orders/A-2").at("id").as_string(), "A-2");
  EXPECT_EQ(Ask("PATCH", "/orders/A-2", R"({"state": "closed"})").status, 200);
  EXPECT_EQ(Read("/orders/A-2").at("state").as_string(), "closed");
  EXPECT_EQ(Ask("PATCH", "/orders/A-2", "closed").status, 400);
  const Response removed = Ask("DELETE", "/orders/A-2");
  EXPECT_EQ(removed.status, 204);
  EXPECT_EQ(removed.body, "");
  EXPECT_EQ(Ask("GET", "/orders/A-2").status, 404);
}

TEST_F(MarketplaceTest, Puts_InPlaceOfTheSameKey) {
  Open();
  const Response put = Ask("PUT", "/stock/MUG", R"({"quantity": 3})");
  EXPECT_EQ(put.status, 201);
  ASSERT_NE(Header(put, "x-request-id"), nullptr);
  EXPECT_EQ(Ask("PUT", "/stock/MUG", R"({"quantity": 5})").status, 201);
  EXPECT_EQ(json::serialize(Read("/sim/v1/state/stock")), R"([{"quantity":5,"sku":"MUG"}])");
  EXPECT_EQ(Ask("PUT", "/stock/MUG", "[]").status, 400);
}

TEST_F(MarketplaceTest, AsksForTheCredential) {
  Open(R"("credential": {"header": "x-api-key", "value": "k"})");
  EXPECT_EQ(Ask("GET", "/orders").status, 401);
  EXPECT_EQ(Ask("GET", "/orders", "", {{"X-API-Key", "other"}}).status, 401);
  EXPECT_EQ(Ask("GET", "/orders", "", {{"X-API-Key", "k"}}).status, 200);
}

TEST_F(MarketplaceTest, AnAllowanceThatIsUsedUp_SaysWhenToComeBack) {
  Open(R"("rate_limits": {"orders": {"per_second": 0.5, "burst": 2}})");
  EXPECT_EQ(Ask("GET", "/orders").status, 200);
  EXPECT_EQ(Ask("GET", "/orders").status, 200);
  const Response refused = Ask("GET", "/orders");
  EXPECT_EQ(refused.status, 429);
  ASSERT_NE(Header(refused, "retry-after"), nullptr);
  EXPECT_EQ(*Header(refused, "retry-after"), "2");
  EXPECT_EQ(Ask("GET", "/orders/A-1").status, 200) << "another operation";
  now_us_ += 2 * kSecondUs;
  EXPECT_EQ(Ask("GET", "/orders").status, 200);
}

TEST_F(MarketplaceTest, Faults_BefallTheCallsTheyAreMeantFor) {
  Open(
      R"("faults": [{"fault": "status", "status": 503, "retry_after_s": 7, "operation": "orders", "skip": 1, "count": 2},
                     {"fault": "partial", "bytes": 5, "operation": "orders", "count": 1},
                     {"fault": "slow", "hold_ms": 30, "operation": "orders", "count": 1}])");
  // The first rule passes over the first call; each call counts once for each rule that it reaches.
  const Response partial = Ask("GET", "/orders");
  EXPECT_EQ(partial.status, 200);
  EXPECT_EQ(partial.transport.drop_after_body, 5);
  const Response down = Ask("GET", "/orders");
  EXPECT_EQ(down.status, 503);
  EXPECT_EQ(*Header(down, "retry-after"), "7");
  EXPECT_EQ(Ask("GET", "/orders").status, 503);
  EXPECT_EQ(Ask("GET", "/orders").transport.delay_ms, 30);
  EXPECT_EQ(Ask("GET", "/orders").transport.delay_ms, 0);
  EXPECT_EQ(Ask("GET", "/orders/A-1").status, 200);
}

TEST_F(MarketplaceTest, ATimeout_HappensBeforeOrAfterTheEffect) {
  Open(R"("faults": [{"fault": "timeout", "hold_ms": 20, "operation": "stock", "count": 1},
                     {"fault": "timeout", "hold_ms": 20, "operation": "stock", "count": 1, "done": true}])");
  const Response before = Ask("PUT", "/stock/MUG", "{}");
  EXPECT_TRUE(before.transport.drop);
  EXPECT_EQ(before.transport.delay_ms, 20);
  EXPECT_EQ(Read("/sim/v1/state/stock").as_array().size(), 0u);
  EXPECT_TRUE(Ask("PUT", "/stock/MUG", "{}").transport.drop);
  EXPECT_EQ(Read("/sim/v1/state/stock").as_array().size(), 1u);
}

TEST_F(MarketplaceTest, WhatComesByChance_ComesAgainWithTheSameSeed) {
  const std::string faults = R"("faults": [{"fault": "status", "status": 500, "probability": 0.3}])";
  const auto statuses = [&] {
    Open(faults);
    std::vector<int> all;
    for (int i = 0; i < 200; ++i) all.push_back(Ask("GET", "/orders").status);
    return all;
  };
  const std::vector<int> first = statuses();
  const auto failed = std::count(first.begin(), first.end(), 500);
  EXPECT_GT(failed, 30);
  EXPECT_LT(failed, 90);
  EXPECT_EQ(statuses(), first);
}

TEST_F(MarketplaceTest, Events_HappenWhenTheirTimeHasCome) {
  Open(
      R"("events": [{"after_s": 60, "into": "orders", "key": ["id"], "item": {"id": "A-9", "changed": {"$ago_s": 0}}}])");
  EXPECT_EQ(Ask("GET", "/orders/A-9").status, 404);
  now_us_ += 90 * kSecondUs;
  EXPECT_EQ(Read("/orders/A-9").at("changed").to_number<int64_t>(), kBeginUs + 60 * kSecondUs);
}

TEST_F(MarketplaceTest, TheControlApi_ChangesStateAndFaults_AndCountsCalls) {
  Open();
  EXPECT_EQ(Ask("POST", "/sim/v1/items", R"({"into": "stock", "key": ["sku"], "item": {"sku": "CUP"}})").status, 200);
  EXPECT_EQ(Ask("POST", "/sim/v1/items", R"({"into": "nothing", "key": ["sku"], "item": {}})").status, 400);
  EXPECT_EQ(Read("/sim/v1/state").at("stock").as_array().size(), 1u);
  EXPECT_EQ(Ask("POST", "/sim/v1/faults", R"({"fault": "status", "status": 500})").status, 200);
  EXPECT_EQ(Ask("POST", "/sim/v1/faults", R"({"fault": "storm"})").status, 400);
  EXPECT_EQ(Ask("GET", "/orders").status, 500);
  EXPECT_EQ(Ask("DELETE", "/sim/v1/faults").status, 200);
  EXPECT_EQ(Ask("GET", "/orders").status, 200);
  EXPECT_EQ(Ask("GET", "/elsewhere").status, 404);
  EXPECT_EQ(json::serialize(Read("/sim/v1/calls")), R"([{"method":"-","operation":"-","status":404,"count":1},)"
                                                    R"({"method":"GET","operation":"orders","status":200,"count":1},)"
                                                    R"({"method":"GET","operation":"orders","status":500,"count":1}])");
}

TEST_F(MarketplaceTest, ABodyThatIsTooLong_IsRefused) {
  Open();
  EXPECT_EQ(Ask("PUT", "/stock/MUG", std::string((1 << 20) + 1, ' ')).status, 413);
}

}  // namespace
}  // namespace quayside::simulator
