#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class FaultTest : public SimFixture {
 protected:
  FaultTest() { Unthrottle(); }
  // The next search answers with this fault.
  Response SearchWith(const std::string& fault, const std::string& more = "") {
    Control("faults", R"({"fault": ")" + fault + R"(", "operation": "searchOrders", "count": 1)" + more + "}");
    return Search(SinceYesterday() + "&includedData=FULFILLMENT");
  }
  std::string OrderIdOf(const Response& answer, std::size_t number) {
    return std::string(boost::json::parse(answer.body).at("orders").at(number).at("orderId").get_string());
  }
};

TEST_F(FaultTest, Throttle_ComesWithAndWithoutARate) {
  Response answer = SearchWith("throttle");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(FindHeader(answer.headers, "x-amzn-RateLimit-Limit"), nullptr);
  answer = SearchWith("throttle-with-rate");
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(FindHeader(answer.headers, "x-amzn-RateLimit-Limit"), nullptr);
}

TEST_F(FaultTest, Statuses_ComeAsNamed) {
  EXPECT_EQ(SearchWith("internal-error").status, 500);
  EXPECT_EQ(SearchWith("unavailable").status, 503);
  EXPECT_EQ(SearchWith("forbidden").status, 403);
  EXPECT_EQ(SearchWith("bad-request").status, 400);
  EXPECT_EQ(Search(SinceYesterday()).status, 200) << "once each";
}

TEST_F(FaultTest, Html_IsNotJson) {
  for (const auto& [fault, status] : {std::pair("html-400", 400), {"html-503", 503}, {"html-200", 200}}) {
    const Response answer = SearchWith(fault);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(*FindHeader(answer.headers, "content-type"), "text/html");
    EXPECT_EQ(answer.body.rfind("<html>", 0), 0U);
  }
}

TEST_F(FaultTest, Timeouts_StrikeBeforeOrAfterTheEffect) {
  const std::string element = R"({"productType":"PRODUCT","patches":[{"op":"merge",
    "path":"/attributes/fulfillment_availability","value":[{"fulfillment_channel_code":"DEFAULT","quantity":7}]}]})";
  Control("faults", R"({"fault": "timeout-before", "operation": "patchListingsItem", "count": 1, "hold_ms": 20})");
  Response answer = Patch("A", element);
  EXPECT_TRUE(answer.transport.drop);
  EXPECT_EQ(answer.transport.delay_ms, 20);
  EXPECT_EQ(Quantity("A"), 10);
  Control("faults", R"({"fault": "timeout-after", "operation": "patchListingsItem", "count": 1})");
  answer = Patch("A", element);
  EXPECT_TRUE(answer.transport.drop);
  EXPECT_EQ(Quantity("A"), 7);
  EXPECT_EQ(amazon.world().ledger.Calls("SELLER", "patchListingsItem").by_status[0], 2U) << "unanswered";
}

TEST_F(FaultTest, Bodies_CanBeCutDrippedAndHuge) {
  Response answer = SearchWith("truncated-body", R"(, "bytes": 5)");
  EXPECT_EQ(answer.transport.drop_after_body, 5);
  answer = SearchWith("slow-drip", R"(, "bytes": 3, "interval_ms": 7)");
  EXPECT_EQ(answer.transport.drip_bytes, 3U);
  EXPECT_EQ(answer.transport.drip_ms, 7);
  answer = SearchWith("huge-body", R"(, "gigabytes": 3)");
  EXPECT_EQ(answer.body.size() + answer.transport.filler_bytes + answer.transport.tail.size(), 3'000'000'000U);
  EXPECT_LT(answer.body.size(), 10'000U);
  EXPECT_NO_THROW(boost::json::parse(answer.body + "   " + answer.transport.tail));
  EXPECT_EQ(SearchWith("slow-answer", R"(, "hold_ms": 9)").transport.delay_ms, 9);
}

TEST_F(FaultTest, RepeatedPage_ServesThePageBeforeAgainThenGoesOn) {
  Control("place-orders", R"({"count": 6, "skus": ["F"]})");
  LetItShow();
  const std::string base = SinceYesterday() + "&maxResultsPerPage=2";
  const auto token_of = [](const Response& page) {
    return "&paginationToken=" +
           PercentEncode(boost::json::parse(page.body).at("pagination").at("nextToken").get_string());
  };
  const Response first = Search(base);
  Control("faults", R"({"fault": "repeated-page", "count": 1})");
  const Response repeated = Search(base + token_of(first));
  EXPECT_EQ(OrderIdOf(repeated, 0), OrderIdOf(first, 0));
  const Response second = Search(base + token_of(repeated));
  EXPECT_NE(OrderIdOf(second, 0), OrderIdOf(first, 0));
  Control("faults", R"({"fault": "repeated-page", "count": 1})");
  EXPECT_EQ(OrderIdOf(Search(base + token_of(second)), 0), OrderIdOf(second, 0));
}

TEST_F(FaultTest, RepeatedPage_WorksForListingsToo) {
  const std::string base = std::string("/listings/2021-08-01/items/SELLER?pageSize=1&sortBy=sku&marketplaceIds=") + kUk;
  const auto first = GetJson(base);
  const std::string next = "&pageToken=" + PercentEncode(first.at("pagination").at("nextToken").get_string());
  Control("faults", R"({"fault": "repeated-page", "count": 1})");
  EXPECT_EQ(GetJson(base + next).at("items"), first.at("items"));
  EXPECT_NE(GetJson(base + next).at("items"), first.at("items"));
}

TEST_F(FaultTest, ExpiredToken_LastsUntilANewLogin) {
  EXPECT_EQ(SearchWith("expired-token").status, 403);
  EXPECT_EQ(Search(SinceYesterday()).status, 403);
  LogIn();
  EXPECT_EQ(Search(SinceYesterday()).status, 200);
}

TEST_F(FaultTest, LateOrder_CanBeFetchedButIsListedLaterWithItsOldTime) {
  Control("faults", R"({"fault": "late-visibility", "seconds": 3600, "count": 1})");
  const std::string id = PlaceOrder(R"({"skus": ["A"]})");
  const std::string placed = Iso8601(amazon.clock().Now());
  amazon.clock().Advance(30 * kMinute);
  EXPECT_TRUE(AllOrderIds(SinceYesterday()).empty());
  EXPECT_EQ(Get("/orders/2026-01-01/orders/" + id).status, 200);
  amazon.clock().Advance(29 * kMinute);
  const std::string cursor = Iso8601(amazon.clock().Now());
  amazon.clock().Advance(5 * kMinute);
  LogIn();
  const auto listed = SearchJson(SinceYesterday());
  EXPECT_EQ(listed.at("orders").at(0).at("lastUpdatedTime").get_string(), placed);
  EXPECT_TRUE(AllOrderIds("lastUpdatedAfter=" + cursor).empty()) << "a cursor that moved on misses it";
}

TEST_F(FaultTest, LateChange_HidesAnOrderAfterItWasPaid) {
  const std::string id = PlaceOrder(R"({"skus": ["A"], "status": "PENDING"})");
  Control("faults", R"({"fault": "late-visibility", "variant": "change", "seconds": 1800})");
  Control("pay", R"({"order_id": ")" + id + "\"}");
  LetItShow();
  EXPECT_TRUE(AllOrderIds(SinceYesterday()).empty());
  amazon.clock().Advance(30 * kMinute);
  EXPECT_EQ(AllOrderIds(SinceYesterday()).size(), 1U);
}

TEST_F(FaultTest, ClockSkew_MovesOnlyTheDateHeader) {
  const Response answer = SearchWith("clock-skew", R"(, "seconds": -90)");
  EXPECT_EQ(*FindHeader(answer.headers, "Date"), HttpDate(kStart - 90 * kSecond));
  Control("settings", R"({"date_skew_s": 60})");
  EXPECT_EQ(*FindHeader(Search(SinceYesterday()).headers, "Date"), HttpDate(kStart + kMinute));
}

TEST_F(FaultTest, MalformedOrder_IsBrokenAsTheVariantSays) {
  PlaceOrder(R"({"skus": ["A"]})");
  LetItShow();
  const auto broken = [&](const std::string& variant) {
    return boost::json::parse(SearchWith("malformed-order", R"(, "variant": ")" + variant + "\"").body)
        .at("orders")
        .at(0);
  };
  EXPECT_FALSE(broken("missing-id").get_object().contains("orderId"));
  EXPECT_TRUE(broken("text-quantity").at("orderItems").at(0).at("quantityOrdered").is_string());
  EXPECT_FALSE(broken("no-items").get_object().contains("orderItems"));
  EXPECT_EQ(broken("unknown-status").at("fulfillment").at("fulfillmentStatus"), "INVOICE_UNCONFIRMED");
  EXPECT_TRUE(broken("not-an-object").is_string());
}

TEST_F(FaultTest, RedirectLoop_NeverEnds) {
  Response answer = SearchWith("redirect-loop");
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(answer.status, 307);
    const std::string location = *FindHeader(answer.headers, "Location");
    EXPECT_TRUE(seen.insert(location).second) << location;
    answer = Get(location);
  }
}

TEST_F(FaultTest, Script_SkipsThenFiresCountTimes) {
  Control("faults", R"({"fault": "internal-error", "operation": "searchOrders", "skip": 1, "count": 2})");
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i) statuses.push_back(Search(SinceYesterday()).status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 500, 500, 200}));
}

TEST_F(FaultTest, Probability_IsAboutKept) {
  Control("faults", R"({"fault": "unavailable", "probability": 0.25})");
  int failed = 0;
  for (int i = 0; i < 1000; ++i) failed += Search(SinceYesterday()).status == 503 ? 1 : 0;
  EXPECT_NEAR(failed, 250, 60);
  EXPECT_EQ(amazon.world().ledger.Calls("SELLER", "searchOrders").by_fault["unavailable"],
            static_cast<unsigned>(failed));
}

TEST_F(FaultTest, Rules_CanBeAimedAndCleared) {
  Control("faults", R"({"fault": "internal-error", "operation": "getOrder"})");
  Control("faults", R"({"fault": "internal-error", "seller": "OTHER"})");
  EXPECT_EQ(Search(SinceYesterday()).status, 200);
  Control("faults", R"({"fault": "internal-error"})");
  EXPECT_EQ(Search(SinceYesterday()).status, 500);
  EXPECT_EQ(Control("clear-faults", "{}").at("cleared"), 3);
  EXPECT_EQ(Search(SinceYesterday()).status, 200);
}

TEST_F(FaultTest, UnknownFault_IsRefused) {
  EXPECT_EQ(amazon.Handle({"POST", "/sim/v1/faults", {}, R"({"fault": "gremlins"})"}).status, 400);
}

TEST_F(FaultTest, Login_CanFailToo) {
  Control("faults", R"({"fault": "unavailable", "operation": "token", "count": 1})");
  EXPECT_EQ(AskToken("grant_type=refresh_token").status, 503);
}

}  // namespace
}  // namespace amazon_sim
