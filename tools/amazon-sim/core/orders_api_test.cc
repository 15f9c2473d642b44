#include <algorithm>

#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class OrdersTest : public SimFixture {
 protected:
  OrdersTest() { Unthrottle(); }
  std::string At(Micros offset) const { return Iso8601(kStart + offset); }
};

TEST_F(OrdersTest, Search_NeedsExactlyOneAfter) {
  EXPECT_EQ(Search("").status, 400);
  EXPECT_EQ(Search("createdAfter=" + At(-kDay) + "&lastUpdatedAfter=" + At(-kDay)).status, 400);
  EXPECT_EQ(Search("createdAfter=" + At(-kDay)).status, 200);
  EXPECT_EQ(Search("lastUpdatedAfter=" + At(-kDay)).status, 200);
}

TEST_F(OrdersTest, Search_RefusesMixedWindows) {
  EXPECT_EQ(Search("createdAfter=" + At(-kDay) + "&lastUpdatedBefore=" + At(-kHour)).status, 400);
  EXPECT_EQ(Search("lastUpdatedAfter=" + At(-kDay) + "&createdBefore=" + At(-kHour)).status, 400);
  EXPECT_EQ(Search("lastUpdatedBefore=" + At(-kHour)).status, 400);
}

TEST_F(OrdersTest, Search_RefusesABeforeYoungerThanTwoMinutes) {
  const std::string after = "lastUpdatedAfter=" + At(-kDay) + "&lastUpdatedBefore=";
  EXPECT_EQ(Search(after + At(-2 * kMinute + kSecond)).status, 400);
  EXPECT_EQ(Search(after + At(-2 * kMinute)).status, 200);
  EXPECT_EQ(Search(after + At(-2 * kDay)).status, 400) << "before After";
}

TEST_F(OrdersTest, Search_RefusesWhatIsNotADate) {
  EXPECT_EQ(Search("lastUpdatedAfter=yesterday").status, 400);
  EXPECT_EQ(Search("lastUpdatedAfter=2026-11-18T10:00:00%2B01:00").status, 200);
  EXPECT_EQ(Search("lastUpdatedAfter=2026-11-18T10:00:00+01:00").status, 400) << "an unencoded plus is a blank";
}

TEST_F(OrdersTest, Search_ChecksPageSizeMarketplacesAndEnums) {
  const std::string base = SinceYesterday();
  EXPECT_EQ(Search(base + "&maxResultsPerPage=0").status, 400);
  EXPECT_EQ(Search(base + "&maxResultsPerPage=101").status, 400);
  EXPECT_EQ(Search(base + "&maxResultsPerPage=ten").status, 400);
  EXPECT_EQ(Search(base + "&fulfillmentStatuses=CANCELED").status, 400);
  EXPECT_EQ(Search(base + "&fulfilledBy=ME").status, 400);
  EXPECT_EQ(Search(base + "&includedData=EVERYTHING").status, 400);
  EXPECT_EQ(Search(base + "&marketplaceIds=NOWHERE").status, 400);
  EXPECT_EQ(Search(base + "&marketplaceIds=ATVPDKIKX0DER").status, 403) << "not the seller's";
  std::string many = kUk;
  for (int i = 0; i < 50; ++i) many += std::string(",") + kUk;
  EXPECT_EQ(Search(base + "&marketplaceIds=" + many).status, 400);
}

TEST_F(OrdersTest, Search_AnswersTheBeforeItApplied) {
  const auto implied = SearchJson(SinceYesterday());
  EXPECT_EQ(implied.at("lastUpdatedBefore").get_string(), At(-2 * kMinute));
  const auto given = SearchJson("createdAfter=" + At(-kDay) + "&createdBefore=" + At(-kHour));
  EXPECT_EQ(given.at("createdBefore").get_string(), At(-kHour));
}

TEST_F(OrdersTest, Search_ShowsAnOrderOnceItIsTwoMinutesOld) {
  PlaceOrder(R"({"skus": ["A"]})");
  amazon.clock().Advance(2 * kMinute - kMillisecond);
  EXPECT_TRUE(SearchJson(SinceYesterday()).at("orders").get_array().empty());
  amazon.clock().Advance(kMillisecond);
  EXPECT_EQ(SearchJson(SinceYesterday()).at("orders").get_array().size(), 1U);
}

TEST_F(OrdersTest, WithoutFulfillment_ThereIsNoStatus) {
  PlaceOrder(R"({"skus": ["A"]})");
  LetItShow();
  const auto bare = SearchJson(SinceYesterday()).at("orders").at(0).get_object();
  for (const char* block : {"fulfillment", "buyer", "recipient", "proceeds", "packages", "tax", "payment"}) {
    EXPECT_FALSE(bare.contains(block)) << block;
  }
  EXPECT_EQ(bare.at("orderItems").at(0).at("product").at("sellerSku"), "A");
  const auto full =
      SearchJson(SinceYesterday() + "&includedData=FULFILLMENT,BUYER,RECIPIENT,PROCEEDS").at("orders").at(0);
  EXPECT_EQ(full.at("fulfillment").at("fulfillmentStatus"), "UNSHIPPED");
  EXPECT_EQ(full.at("fulfillment").at("fulfilledBy"), "MERCHANT");
  EXPECT_FALSE(full.at("buyer").at("buyerName").get_string().empty());
  EXPECT_EQ(full.at("orderItems").at(0).at("product").at("price").at("unitPrice").at("amount"), "12.50");
}

TEST_F(OrdersTest, PendingOrder_HidesBuyerAddressAndPrice) {
  const std::string id = PlaceOrder(R"({"skus": ["A"], "status": "PENDING"})");
  const std::string target = "/orders/2026-01-01/orders/" + id + "?includedData=BUYER,RECIPIENT,PROCEEDS,FULFILLMENT";
  const auto pending = GetJson(target).at("order").get_object();
  EXPECT_FALSE(pending.contains("buyer"));
  EXPECT_FALSE(pending.contains("recipient"));
  EXPECT_FALSE(pending.contains("proceeds"));
  Control("pay", R"({"order_id": ")" + id + "\"}");
  EXPECT_TRUE(GetJson(target).at("order").get_object().contains("recipient"));
}

TEST_F(OrdersTest, EveryChange_MovesLastUpdatedTimeForward) {
  const std::string id = PlaceOrder(R"({"skus": ["A"], "status": "PENDING"})");
  const auto updated = [&] {
    return std::string(GetJson("/orders/2026-01-01/orders/" + id).at("order").at("lastUpdatedTime").get_string());
  };
  const std::string placed = updated();
  Control("pay", R"({"order_id": ")" + id + "\"}");
  const std::string paid = updated();
  Control("ship", R"({"order_id": ")" + id + "\"}");
  EXPECT_LT(placed, paid) << "even within the same instant";
  EXPECT_LT(paid, updated());
}

TEST_F(OrdersTest, Filters_ByStatusFulfilmentAndMarketplace) {
  PlaceOrder(R"({"skus": ["A"], "marketplace": "UK"})");
  PlaceOrder(R"({"skus": ["A"], "marketplace": "DE", "status": "PENDING"})");
  PlaceOrder(R"({"skus": ["F"], "marketplace": "UK"})");
  LetItShow();
  EXPECT_EQ(AllOrderIds(SinceYesterday()).size(), 3U);
  EXPECT_EQ(AllOrderIds(SinceYesterday() + "&fulfillmentStatuses=PENDING,SHIPPED").size(), 1U);
  EXPECT_EQ(AllOrderIds(SinceYesterday() + "&fulfilledBy=AMAZON").size(), 1U);
  EXPECT_EQ(AllOrderIds(SinceYesterday() + "&fulfilledBy=AMAZON,MERCHANT").size(), 3U);
  EXPECT_EQ(AllOrderIds(SinceYesterday() + "&marketplaceIds=" + kUk).size(), 2U);
}

TEST_F(OrdersTest, Paging_GivesEveryOrderOnce) {
  for (int i = 0; i < 4; ++i) Control("place-orders", R"({"count": 13, "skus": ["F"]})");
  LetItShow();
  EXPECT_EQ(AllOrderIds(SinceYesterday()).size(), 52U);
  EXPECT_EQ(AllOrderIds(SinceYesterday() + "&maxResultsPerPage=7").size(), 52U);
  EXPECT_EQ(AllOrderIds("createdAfter=" + At(-kDay) + "&maxResultsPerPage=52").size(), 52U);
}

class OrdersPagingTest : public OrdersTest {
 protected:
  OrdersPagingTest() {
    Control("place-orders", R"({"count": 5, "skus": ["F"]})");
    LetItShow();
    next = SearchJson(SinceYesterday() + "&maxResultsPerPage=2").at("pagination").at("nextToken").get_string();
  }
  std::string next;
};

TEST_F(OrdersPagingTest, Token_AllowsAnotherPageSizeOnly) {
  const std::string token_parameter = "&paginationToken=" + PercentEncode(next);
  EXPECT_EQ(SearchJson(SinceYesterday() + "&maxResultsPerPage=100" + token_parameter).at("orders").get_array().size(),
            3U);
  EXPECT_EQ(Search(SinceYesterday() + "&includedData=BUYER" + token_parameter).status, 400);
  EXPECT_EQ(Search("lastUpdatedAfter=" + At(-2 * kDay) + token_parameter).status, 400);
}

TEST_F(OrdersPagingTest, Token_LivesADay) {
  const std::string target = SinceYesterday() + "&paginationToken=" + PercentEncode(next);
  amazon.clock().Advance(24 * kHour);
  LogIn();
  EXPECT_EQ(Search(target).status, 200);
  amazon.clock().Advance(kSecond);
  EXPECT_EQ(Search(target).status, 400);
}

TEST_F(OrdersPagingTest, Token_IsOpaqueAndMustBeEncoded) {
  EXPECT_EQ(Search(SinceYesterday() + "&paginationToken=made-up").status, 400);
  std::string altered = next;
  altered[20] = altered[20] == 'x' ? 'y' : 'x';
  EXPECT_EQ(Search(SinceYesterday() + "&paginationToken=" + PercentEncode(altered)).status, 400);
  if (next.find('+') != std::string::npos) {
    EXPECT_EQ(Search(SinceYesterday() + "&paginationToken=" + next).status, 400);
  }
}

TEST_F(OrdersPagingTest, OrderThatChangesMeanwhile_LeavesTheWindowWithoutShiftingIt) {
  const auto first = SearchJson(SinceYesterday() + "&maxResultsPerPage=2");
  const std::string changed(first.at("orders").at(0).at("orderId").get_string());
  Control("cancel", R"({"order_id": ")" + changed + "\"}");
  const auto rest = SearchJson(SinceYesterday() + "&maxResultsPerPage=100&paginationToken=" +
                               PercentEncode(first.at("pagination").at("nextToken").get_string()));
  EXPECT_EQ(rest.at("orders").get_array().size(), 3U) << "the other three, none skipped";
  EXPECT_EQ(rest.at("lastUpdatedBefore"), first.at("lastUpdatedBefore"));
}

TEST_F(OrdersTest, OrdersOlderThanTwoYears_AreNotFound) {
  Load(R"({"settings": {"rate_limits_enabled": false}, "listings": [{"sku": "F", "fba": true}], "orders": [
    {"skus": ["F"], "at_s": -63158400}, {"skus": ["F"], "at_s": -62985600}]})");  // 731 and 729 days ago
  EXPECT_EQ(AllOrderIds("createdAfter=2020-01-01T00:00:00Z").size(), 1U);
}

TEST_F(OrdersTest, GetOrder_KnowsBadAndUnknownIds) {
  EXPECT_EQ(Get("/orders/2026-01-01/orders/nonsense").status, 400);
  const Response unknown = Get("/orders/2026-01-01/orders/111-1111111-1111111");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(*FindHeader(unknown.headers, "x-amzn-ErrorType"), "ResourceNotFoundException");
}

TEST_F(OrdersTest, PartialShipment_ShowsPackagesAndCounts) {
  const std::string id = PlaceOrder(R"({"lines": [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]})");
  Control("ship", R"({"order_id": ")" + id + R"(", "lines": [{"sku": "A", "quantity": 1}], "tracking": "T1"})");
  const std::string target = "/orders/2026-01-01/orders/" + id + "?includedData=FULFILLMENT,PACKAGES";
  auto order = GetJson(target).at("order");
  EXPECT_EQ(order.at("fulfillment").at("fulfillmentStatus"), "PARTIALLY_SHIPPED");
  EXPECT_EQ(order.at("orderItems").at(0).at("fulfillment").at("quantityFulfilled"), 1);
  EXPECT_EQ(order.at("orderItems").at(0).at("fulfillment").at("quantityUnfulfilled"), 1);
  EXPECT_EQ(order.at("packages").at(0).at("trackingNumber"), "T1");
  Control("ship", R"({"order_id": ")" + id + "\"}");
  order = GetJson(target).at("order");
  EXPECT_EQ(order.at("fulfillment").at("fulfillmentStatus"), "SHIPPED");
  EXPECT_EQ(order.at("packages").get_array().size(), 2U);
}

TEST_F(OrdersTest, MultiChannelOrder_IsMarkedAndLeavesStockAlone) {
  const std::string id = PlaceOrder(R"({"skus": ["F"], "channel": "NON_AMAZON"})");
  EXPECT_EQ(GetJson("/orders/2026-01-01/orders/" + id).at("order").at("salesChannel").at("channelName"), "NON_AMAZON");
}

TEST_F(OrdersTest, Buyer_CanHaveAnyName) {
  const std::string id = PlaceOrder(R"({"skus": ["A"], "buyer": {"name": "=cmd|'/C calc'!A0 \" <b>"}})");
  const auto order = GetJson("/orders/2026-01-01/orders/" + id + "?includedData=BUYER").at("order");
  EXPECT_EQ(order.at("buyer").at("buyerName"), "=cmd|'/C calc'!A0 \" <b>");
}

}  // namespace
}  // namespace amazon_sim
