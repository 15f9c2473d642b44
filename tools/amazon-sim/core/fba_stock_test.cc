// What lies in Amazon's warehouses: getInventorySummaries, and where the units come from and go to.
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

constexpr char kDe[] = "A1PA6795UKMFR9";
constexpr char kFr[] = "A13V1IB3VIYZZH";

class FbaStockTest : public SimFixture {
 protected:
  FbaStockTest() {
    Unthrottle();
    Control("accounts", R"({"seller_id": "SELLER", "client_id": "client", "marketplaces": ["UK", "DE", "FR"]})");
  }
  static std::string Summaries(const std::string& marketplace, const std::string& more = "") {
    return "/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId=" + marketplace +
           "&marketplaceIds=" + marketplace + "&details=true" + more;
  }
  boost::json::array Stock(const std::string& marketplace, const std::string& more = "") {
    return GetJson(Summaries(marketplace, more)).at("payload").at("inventorySummaries").get_array();
  }
  std::string Skus(const std::string& marketplace, const std::string& more = "") {
    std::string skus;
    for (const auto& each : Stock(marketplace, more)) skus += Text(each, "sellerSku") + " ";
    return skus;
  }
  std::int64_t Fulfillable(const std::string& marketplace, const std::string& sku) {
    return Stock(marketplace, "&sellerSku=" + sku).at(0).at("inventoryDetails").at("fulfillableQuantity").get_int64();
  }
  void Many(int count) {
    Load(R"({"settings": {"rate_limits_enabled": false}, "listings": [{"generate": {"count": )" +
         std::to_string(count) + R"(, "fba_share": 1, "fba_stock": {"uk": [1, 9], "eu": [0, 5]}}}]})");
  }
};

TEST_F(FbaStockTest, ASku_IsShownWithAllItsUnits) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 7, "inbound_working": 1, "inbound_shipped": 2,
      "inbound_receiving": 3, "reserved_transfer": 4, "reserved_processing": 5, "unfulfillable": 6,
      "researching": 8})");
  const auto stock = Stock(kUk);
  ASSERT_EQ(stock.size(), 1U);
  EXPECT_EQ(stock[0].at("sellerSku"), "F");
  EXPECT_EQ(stock[0].at("totalQuantity"), 36);
  const auto& details = stock[0].at("inventoryDetails");
  EXPECT_EQ(details.at("fulfillableQuantity"), 7);
  EXPECT_EQ(details.at("inboundShippedQuantity"), 2);
  EXPECT_EQ(details.at("reservedQuantity").at("totalReservedQuantity"), 9);
  EXPECT_EQ(details.at("unfulfillableQuantity").at("totalUnfulfillableQuantity"), 6);
  EXPECT_EQ(details.at("researchingQuantity").at("totalResearchingQuantity"), 8);
}

TEST_F(FbaStockTest, WithoutDetails_OnlyTheTotalIsShown) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 7})");
  const auto body = GetJson(std::string("/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId=") +
                            kUk + "&marketplaceIds=" + kUk);
  const auto& summary = body.at("payload").at("inventorySummaries").at(0).get_object();
  EXPECT_EQ(summary.at("totalQuantity"), 7);
  EXPECT_FALSE(summary.contains("inventoryDetails"));
}

TEST_F(FbaStockTest, MarketplacesOfAPool_ShareIt_AndBritainHasItsOwn) {
  Control("set-fba-stock", R"({"sku": "F", "pool": "eu", "fulfillable": 5})");
  Control("set-fba-stock", R"({"sku": "F", "pool": "uk", "fulfillable": 2})");
  EXPECT_EQ(Fulfillable(kDe, "F"), 5);
  EXPECT_EQ(Fulfillable(kFr, "F"), 5);
  EXPECT_EQ(Fulfillable(kUk, "F"), 2);
  PlaceOrder(R"({"lines": [{"sku": "F", "quantity": 2}], "marketplace": "DE", "fulfilled_by": "AMAZON"})");
  EXPECT_EQ(Fulfillable(kFr, "F"), 3);
  EXPECT_EQ(Fulfillable(kUk, "F"), 2);
}

TEST_F(FbaStockTest, ASale_ReservesUnitsUntilTheyLeave_AndACancellationGivesThemBack) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 5})");
  const std::string sold =
      PlaceOrder(R"({"lines": [{"sku": "F", "quantity": 2}], "marketplace": "UK", "fulfilled_by": "AMAZON"})");
  const std::string dropped =
      PlaceOrder(R"({"lines": [{"sku": "F", "quantity": 1}], "marketplace": "UK", "fulfilled_by": "AMAZON"})");
  const auto reserved = [&] {
    return Stock(kUk)[0].at("inventoryDetails").at("reservedQuantity").at("pendingCustomerOrderQuantity").get_int64();
  };
  EXPECT_EQ(Fulfillable(kUk, "F"), 2);
  EXPECT_EQ(reserved(), 3);
  Control("ship", R"({"order_id": ")" + sold + "\"}");
  EXPECT_EQ(reserved(), 1);
  Control("cancel", R"({"order_id": ")" + dropped + "\"}");
  EXPECT_EQ(reserved(), 0);
  EXPECT_EQ(Fulfillable(kUk, "F"), 3);
  EXPECT_EQ(Look("ledger?section=fba_changes").at("fba_changes_total"), 4) << "setup, two sales, a cancellation";
}

TEST_F(FbaStockTest, MoreThanIsThere_IsNotSold) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 1})");
  const auto answer = Control(
      "place-orders", R"({"lines": [{"sku": "F", "quantity": 2}], "marketplace": "UK", "fulfilled_by": "AMAZON"})");
  EXPECT_EQ(answer.at("refused").get_array().size(), 1U);
  EXPECT_EQ(Fulfillable(kUk, "F"), 1);
}

TEST_F(FbaStockTest, Pages_HoldFiftyAndTheirTokensLiveThirtySeconds) {
  Many(120);
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const auto page = GetJson(Summaries(kUk, token.empty() ? "" : "&nextToken=" + PercentEncode(token)));
    for (const auto& each : page.at("payload").at("inventorySummaries").get_array()) {
      EXPECT_TRUE(seen.insert(Text(each, "sellerSku")).second);
    }
    const auto* pagination = page.get_object().if_contains("pagination");
    token = pagination ? Text(*pagination, "nextToken") : "";
    ++pages;
    amazon.clock().Advance(29 * kSecond);
  } while (!token.empty() && pages < 10);
  EXPECT_EQ(seen.size(), 120U);
  EXPECT_EQ(pages, 3);
  const std::string first = Text(GetJson(Summaries(kUk)).at("pagination"), "nextToken");
  amazon.clock().Advance(31 * kSecond);
  EXPECT_EQ(Get(Summaries(kUk, "&nextToken=" + PercentEncode(first))).status, 400);
  EXPECT_EQ(Get(Summaries(kUk, "&nextToken=nonsense")).status, 400);
}

TEST_F(FbaStockTest, StartDateTime_FindsWhatChanged_ButNotWhatIsInbound) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 1})");
  Control("set-fba-stock", R"({"sku": "A", "fulfillable": 1})");
  amazon.clock().Advance(10 * kMinute);
  const std::string since = "&startDateTime=" + Iso8601(amazon.clock().Now());
  EXPECT_EQ(Skus(kUk, since), "");
  Control("set-fba-stock", R"({"sku": "F", "inbound_shipped": 40})");
  EXPECT_EQ(Skus(kUk, since), "");
  Control("receive-fba-stock", R"({"sku": "F", "quantity": 15, "from": "inbound"})");
  EXPECT_EQ(Skus(kUk, since), "F ");
  EXPECT_EQ(Fulfillable(kUk, "F"), 16);
  Control("set-fba-stock", R"({"sku": "A", "fulfillable": 9, "told": false})");
  EXPECT_EQ(Skus(kUk, since), "F ") << "a change Amazon does not tell";
  EXPECT_EQ(Skus(kUk, since + "&sellerSkus=A"), "F ") << "with a start, SKUs are not looked at";
}

TEST_F(FbaStockTest, ATokenWithoutItsStart_GivesTheWrongPage) {
  Many(130);
  amazon.clock().Advance(10 * kMinute);
  const std::string since = "&startDateTime=" + Iso8601(amazon.clock().Now());
  for (int i = 1; i <= 60; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 5 - number.size(), '0');
    Control("receive-fba-stock", R"({"quantity": 1, "sku": "SKU-)" + number + "\"}");
  }
  const auto page = GetJson(Summaries(kUk, since));
  const std::string token = "&nextToken=" + PercentEncode(Text(page.at("pagination"), "nextToken"));
  EXPECT_EQ(Stock(kUk, since + token).size(), 10U);
  EXPECT_EQ(Stock(kUk, token).size(), 50U);
}

TEST_F(FbaStockTest, Vanished_AndMissingFromTheList_AreTwoThings) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 3})");
  Control("set-fba-stock", R"({"sku": "A", "fulfillable": 4})");
  Control("set-fba-stock", R"({"sku": "F", "listed": false})");
  EXPECT_EQ(Skus(kUk), "A ");
  EXPECT_EQ(Skus(kUk, "&sellerSkus=F,A,NONE"), "A F ");
  Control("remove-fba-stock", R"({"sku": "F"})");
  EXPECT_EQ(Skus(kUk, "&sellerSkus=F,A"), "A ");
  EXPECT_EQ(Look("ledger?section=fba_stock").at("fba_stock_total"), 1);
}

TEST_F(FbaStockTest, NonsenseIsRefused) {
  const std::string path = "/fba/inventory/v1/summaries?granularityType=Marketplace";
  EXPECT_EQ(Get(path + "&granularityId=" + kUk).status, 400);
  EXPECT_EQ(Get(path + "&granularityId=" + kUk + "&marketplaceIds=" + kDe).status, 400);
  EXPECT_EQ(Get(path + "&granularityId=" + kUk + "&marketplaceIds=" + kUk + "," + kDe).status, 400);
  EXPECT_EQ(Get(Summaries("ATVPDKIKX0DER")).status, 403) << "no marketplace of the seller's";
  EXPECT_EQ(Get(Summaries(kUk, "&startDateTime=" + Iso8601(kStart - 600 * kDay))).status, 400);
  std::string skus = "S0";
  for (int i = 1; i <= 50; ++i) skus += ",S" + std::to_string(i);
  EXPECT_EQ(Get(Summaries(kUk, "&sellerSkus=" + skus)).status, 400);
  Control("accounts", R"({"seller_id": "SELLER", "client_id": "client", "fba": false})");
  EXPECT_EQ(Get(Summaries(kUk)).status, 400) << "not enrolled";
}

TEST_F(FbaStockTest, TwoCallsASecond_AreAllThereAre) {
  Control("settings", R"({"rate_limits_enabled": true})");
  EXPECT_EQ(Get(Summaries(kUk)).status, 200);
  EXPECT_EQ(Get(Summaries(kUk)).status, 200);
  EXPECT_EQ(Get(Summaries(kUk)).status, 429);
  amazon.clock().Advance(kSecond / 2);
  EXPECT_EQ(Get(Summaries(kUk)).status, 200);
}

}  // namespace
}  // namespace amazon_sim
