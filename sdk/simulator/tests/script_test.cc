#include "sdk/simulator/script.h"

#include <gtest/gtest.h>

#include "sdk/simulator/items.h"

namespace quayside::simulator {
namespace {

namespace json = boost::json;

constexpr int64_t kNowUs = 1'790'000'000'000'000;

std::string ProblemOf(const std::string& text) { return ParseScript(text, kNowUs).problem; }

// With one route, so that what is wrong is the rest.
std::string With(const std::string& members) {
  return R"({"state": {"orders": []}, "routes": [{"method": "GET", "path": "/orders", "list": {"from": "orders"}}], )" +
         members + "}";
}

TEST(ScriptTest, MistakesAreNamed_WithTheirPlace) {
  EXPECT_NE(ProblemOf("{").find("the script: is no JSON"), std::string::npos);
  EXPECT_EQ(ProblemOf("[]"), "the script: is no object");
  EXPECT_EQ(ProblemOf("{}"), "routes: are missing: a marketplace answers something");
  EXPECT_EQ(ProblemOf(With(R"("route": [])")), "the script: there is no member 'route'");
  EXPECT_EQ(ProblemOf(With(R"("faults": [{"fault": "status"}, {"fault": "storm"}])")),
            "faults[1].fault: is status, timeout, partial or slow, not 'storm'");
  EXPECT_EQ(ProblemOf(With(R"("faults": [{"fault": "slow", "hold_ms": 600001}])")),
            "faults[0].hold_ms: is no whole number from 0 to 600000");
  EXPECT_EQ(ProblemOf(With(R"("faults": [{"fault": "slow", "operation": "order"}])")),
            "faults[0]: no route has the operation 'order'");
  EXPECT_EQ(ProblemOf(With(R"("rate_limits": {"/orders": {"burst": 0}})")),
            "rate_limits./orders: lets nothing through");
  EXPECT_EQ(ProblemOf(With(R"("rate_limits": {"/orders": {"per_second": 1e-300}})")),
            "rate_limits./orders: lets nothing through")
      << "who waits for it waits for ever";
  EXPECT_EQ(ProblemOf(With(R"("credential": {"value": "k"})")), "credential: has one of header and query");
}

TEST(ScriptTest, RoutesDoOneThing_WithWhatIsThere) {
  const auto route = [](const std::string& members) {
    return ProblemOf(R"({"state": {"orders": []}, "routes": [{"method": "GET", )" + members + "}]}");
  };
  EXPECT_EQ(route(R"("path": "orders", "reply": {})"), "routes[0].path: does not begin with '/'");
  EXPECT_EQ(route(R"("path": "/sim/v1/state", "reply": {})"), "routes[0].path: /sim/ belongs to the simulator");
  EXPECT_EQ(route(R"("path": "/a")"), "routes[0]: neither does anything nor replies");
  EXPECT_EQ(route(R"("path": "/a", "list": {"from": "order"})"), "routes[0]: the state has no collection 'order'");
  EXPECT_EQ(route(R"("path": "/a", "list": {"from": "orders"}, "put": {"into": "orders", "key": ["id"]})"),
            "routes[0]: does one of list, get, change, remove and put");
  EXPECT_EQ(route(R"("path": "/a", "list": {"from": "orders", "more": "more"})"),
            "routes[0].list: more and pages need 'as': an answer that is a list has no members");
  EXPECT_EQ(route(R"("path": "/a", "get": {"from": "orders"})"), "routes[0].get: 'where' says which item is meant");
  EXPECT_EQ(route(R"("path": "/a", "list": {"from": "orders", "where": [{"field": "id"}]})"),
            "routes[0].list.where[0]: has one of equals, at_least and after");
  EXPECT_EQ(route(R"("path": "/a", "reply": {"headers": {"x": "1\r\ny: 2"}})"),
            "routes[0].reply.headers.x: is no header");
  EXPECT_EQ(route(R"("path": "/a", "reply": {"json": {}})"), "");
}

TEST(ItemsTest, AreRepeatedAndNumbered_WithTimesToldFromNow) {
  const json::value written = json::parse(R"([
    {"id": "first"},
    {"$repeat": 2, "item": {"id": "A-{n}", "lines": [{"sku": "S{n}"}],
     "us": {"$ago_s": 60, "every_s": 10}, "iso": {"$ago_s": 0, "form": "iso"}, "s": {"$ago_s": 1.5, "form": "s"}}}])");
  const Items items = ExpandItems(written.as_array(), kNowUs, "state.orders");
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].at("id").as_string(), "first");
  EXPECT_EQ(items[2].at("id").as_string(), "A-2");
  EXPECT_EQ(items[2].at("lines").as_array()[0].at("sku").as_string(), "S2");
  EXPECT_EQ(items[2].at("us").as_int64(), kNowUs - 50'000'000);
  EXPECT_EQ(items[2].at("iso").as_string(), "2026-09-21T14:13:20Z");
  EXPECT_EQ(items[2].at("s").as_int64(), kNowUs / 1'000'000 - 2);
}

TEST(ItemsTest, ACollectionIsBounded) {
  EXPECT_EQ(ProblemOf(R"({"state": {"orders": [{"$repeat": 100001, "item": {}}]}, "routes": []})"),
            "state.orders: a collection has at most 100000 items");
  EXPECT_EQ(ProblemOf(R"({"state": {"orders": [{"$repeat": -1, "item": {}}]}, "routes": []})"),
            "state.orders: a collection has at most 100000 items");
}

TEST(ItemsTest, TimesBeyondReckoning_AreRefused) {
  const auto problem = [](const std::string& time) {
    return ProblemOf(R"({"state": {"orders": [{"$repeat": 3, "item": {"at": )" + time + R"(}}]}, "routes": []})");
  };
  const std::string far = "$ago_s: a time is at most 1e10 seconds from now";
  EXPECT_EQ(problem(R"({"$ago_s": 1e300})"), far);
  EXPECT_EQ(problem(R"({"$ago_s": -10000000001})"), far);
  EXPECT_EQ(problem(R"({"$ago_s": 0, "every_s": 6e9})"), far) << "the third is too far";
  EXPECT_EQ(problem(R"({"$ago_s": 1e10, "every_s": 5e9})"), "routes: are missing: a marketplace answers something");
}

TEST(ItemsTest, TimesAsIso_AreUtc) {
  const json::value written = json::parse(R"({"at": {"$ago_s": 0, "form": "iso"}})");
  const auto iso = [&](int64_t now_us) { return ExpandItem(written.as_object(), now_us).at("at").as_string(); };
  EXPECT_EQ(iso(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(iso(1'709'210'096'000'000), "2024-02-29T12:34:56Z");
}

}  // namespace
}  // namespace quayside::simulator
