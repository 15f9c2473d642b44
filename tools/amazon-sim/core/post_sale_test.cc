// The acknowledgement and the adjustment feed: orders and units cancelled, money given back, and e-mails that come
// late.
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class PostSaleTest : public SimFixture {
 protected:
  PostSaleTest() {
    Unthrottle();
    Control("settings", R"({"feeds": {"queue_s": 1, "work_s": 1, "compression": "none"}})");
  }
  std::string Place(int quantity = 3) {
    return PlaceOrder(R"({"marketplace": "UK", "lines": [{"sku": "A", "quantity": )" + std::to_string(quantity) +
                      R"(}, {"sku": "B", "quantity": 1}]})");
  }
  boost::json::value TrueOrder(const std::string& id) { return Look("orders?order_id=" + id).at("orders").at(0); }
  std::string Status(const std::string& id) { return Text(TrueOrder(id), "status"); }
  std::string Item(const std::string& id, int line) {
    return Text(TrueOrder(id).at("lines").at(line), "order_item_id");
  }

  // Hands the messages over in one feed and returns the processing report.
  std::string Submit(const std::string& type, const std::string& messages) {
    const auto slot =
        boost::json::parse(Post("/feeds/2021-06-30/documents", R"({"contentType": "text/xml; charset=UTF-8"})").body);
    EXPECT_EQ(amazon
                  .Handle({"PUT",
                           PathOf(Text(slot, "url")),
                           {{"Content-Type", "text/xml; charset=UTF-8"}},
                           "<AmazonEnvelope>" + messages + "</AmazonEnvelope>"})
                  .status,
              200);
    const Response created =
        Post("/feeds/2021-06-30/feeds", R"({"feedType": ")" + type + R"(", "marketplaceIds": [")" + kUk +
                                            R"("], "inputFeedDocumentId": ")" + Text(slot, "feedDocumentId") + "\"}");
    EXPECT_EQ(created.status, 202) << created.body;
    amazon.clock().Advance(10 * kSecond);
    const auto feed = GetJson("/feeds/2021-06-30/feeds/" + Text(boost::json::parse(created.body), "feedId"));
    const auto result = GetJson("/feeds/2021-06-30/documents/" + Text(feed, "resultFeedDocumentId"));
    return BodyOf(Fetch(Text(result, "url")));
  }
  static std::string Message(int number, const std::string& kind, const std::string& order, const std::string& rest) {
    return "<Message><MessageID>" + std::to_string(number) + "</MessageID><" + kind + "><AmazonOrderID>" + order +
           "</AmazonOrderID>" + rest + "</" + kind + "></Message>";
  }
  std::string CancelBoth(int number, const std::string& order, const std::string& reason) {
    std::string rest = "<StatusCode>Failure</StatusCode>";
    for (int line = 0; line < 2; ++line) {
      rest += "<Item><AmazonOrderItemCode>" + Item(order, line) + "</AmazonOrderItemCode><CancelReason>" + reason +
              "</CancelReason></Item>";
    }
    return Message(number, "OrderAcknowledgement", order, rest);
  }
  std::string CancelUnits(int number, const std::string& order, int quantity, const std::string& reason) {
    return Message(number, "OrderAdjustment", order,
                   "<AdjustedItem><AmazonOrderItemCode>" + Item(order, 0) + "</AmazonOrderItemCode><AdjustmentReason>" +
                       reason + "</AdjustmentReason><QuantityCancelled>" + std::to_string(quantity) +
                       "</QuantityCancelled></AdjustedItem>");
  }
  std::string Refund(int number, const std::string& order, const std::string& component, const std::string& amount,
                     const std::string& currency = "GBP") {
    return Message(number, "OrderAdjustment", order,
                   "<ActionType>Refund</ActionType><AdjustedItem><AmazonOrderItemCode>" + Item(order, 0) +
                       "</AmazonOrderItemCode><AdjustmentReason>CustomerReturn</AdjustmentReason>"
                       "<ItemPriceAdjustments><Component><Type>" +
                       component + "</Type><Amount currency=\"" + currency + "\">" + amount +
                       "</Amount></Component></ItemPriceAdjustments></AdjustedItem>");
  }
  static bool Refuses(const std::string& report, int number) {
    return report.find("<MessageID>" + std::to_string(number) + "</MessageID><ResultCode>Error") != std::string::npos;
  }
  boost::json::value Ledger() { return Look("ledger?section=post_sale"); }

  static constexpr const char* kAcknowledge = "POST_ORDER_ACKNOWLEDGEMENT_DATA";
  static constexpr const char* kAdjust = "POST_PAYMENT_ADJUSTMENT_DATA";
};

TEST_F(PostSaleTest, Acknowledgement_CancelsWholeOrders_AndPutsUnitsBackUnlessThereWereNone) {
  const std::string first = Place();
  const std::string second = Place();
  EXPECT_EQ(Quantity("A"), 4);
  Submit(kAcknowledge, CancelBoth(1, first, "NoInventory"));
  EXPECT_EQ(Status(first), "CANCELLED");
  EXPECT_EQ(Quantity("A"), 4);
  const std::string report = Submit(kAcknowledge, CancelBoth(1, second, "BuyerCanceled"));
  EXPECT_NE(report.find("<MessagesSuccessful>1</MessagesSuccessful>"), std::string::npos) << report;
  EXPECT_EQ(Quantity("A"), 7);
  EXPECT_EQ(Quantity("B"), 4);
  EXPECT_EQ(Ledger().at("post_sale_total"), 4);
}

TEST_F(PostSaleTest, Acknowledgement_WithoutReasonsDoesNothing_AndWithHalfOfThemIsRefused) {
  const std::string order = Place();
  const std::string bare = Message(1, "OrderAcknowledgement", order, "<StatusCode>Failure</StatusCode>");
  EXPECT_FALSE(Refuses(Submit(kAcknowledge, bare), 1));
  const std::string half = Message(2, "OrderAcknowledgement", order,
                                   "<StatusCode>Failure</StatusCode><Item><AmazonOrderItemCode>" + Item(order, 0) +
                                       "</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>");
  EXPECT_TRUE(Refuses(Submit(kAcknowledge, half), 2));
  EXPECT_TRUE(Refuses(Submit(kAcknowledge, CancelBoth(3, order, "Whim")), 3));
  EXPECT_EQ(Status(order), "UNSHIPPED");
  Submit(kAcknowledge, CancelBoth(4, order, "NoInventory"));
  EXPECT_TRUE(Refuses(Submit(kAcknowledge, CancelBoth(5, order, "NoInventory")), 5)) << "a second time";
}

TEST_F(PostSaleTest, Acknowledgement_AfterAPackageLeft_RefundsTheWholeOrder) {
  const std::string order = Place();
  Control("ship", R"({"order_id": ")" + order + R"(", "lines": [{"sku": "A", "quantity": 1}]})");
  Submit(kAcknowledge, CancelBoth(1, order, "NoInventory"));
  EXPECT_EQ(Status(order), "PARTIALLY_SHIPPED");
  const auto ledger = Ledger();
  ASSERT_EQ(ledger.at("post_sale_total"), 2);
  EXPECT_EQ(ledger.at("post_sale").at(0).at("kind"), "refund-of-shipped");
}

TEST_F(PostSaleTest, Adjustment_CancelsSingleUnits_AndTheRestShips) {
  const std::string order = Place();
  EXPECT_TRUE(Refuses(Submit(kAdjust, CancelUnits(1, order, 4, "NoInventory")), 1)) << "more than ordered";
  EXPECT_TRUE(Refuses(Submit(kAdjust, CancelUnits(2, order, 1, "CustomerReturn")), 2)) << "no reason to cancel units";
  EXPECT_FALSE(Refuses(Submit(kAdjust, CancelUnits(3, order, 2, "BuyerCanceled")), 3));
  EXPECT_EQ(Quantity("A"), 9);
  EXPECT_EQ(Status(order), "UNSHIPPED");
  const auto items =
      GetJson("/orders/2026-01-01/orders/" + order + "?includedData=FULFILLMENT").at("order").at("orderItems");
  EXPECT_EQ(items.at(0).at("quantityOrdered"), 3);
  EXPECT_EQ(items.at(0).at("fulfillment").at("quantityUnfulfilled"), 1);
  Control("ship", R"({"order_id": ")" + order + "\"}");
  EXPECT_EQ(Status(order), "SHIPPED");
  EXPECT_EQ(TrueOrder(order).at("lines").at(0).at("shipped"), 1);
  EXPECT_EQ(TrueOrder(order).at("lines").at(0).at("cancelled"), 2);
}

TEST_F(PostSaleTest, Adjustment_GivesMoneyBack_NoMoreThanWasPaid) {
  const std::string order = Place();
  EXPECT_TRUE(Refuses(Submit(kAdjust, Refund(1, order, "Principal", "1.00")), 1)) << "nothing has shipped";
  Control("ship", R"({"order_id": ")" + order + "\"}");
  // 3 units at 12.50.
  EXPECT_FALSE(Refuses(Submit(kAdjust, Refund(2, order, "Principal", "37.00")), 2));
  EXPECT_TRUE(Refuses(Submit(kAdjust, Refund(3, order, "Tax", "0.51")), 3)) << "with what went before it is too much";
  EXPECT_FALSE(Refuses(Submit(kAdjust, Refund(4, order, "Tax", "0.50")), 4));
  EXPECT_TRUE(Refuses(Submit(kAdjust, Refund(5, order, "Shipping", "4.00")), 5)) << "3.99 was paid";
  EXPECT_TRUE(Refuses(Submit(kAdjust, Refund(6, order, "Shipping", "1.00", "EUR")), 6));
  EXPECT_TRUE(Refuses(Submit(kAdjust, Refund(7, order, "Shipping", "1.001")), 7));
  EXPECT_TRUE(Refuses(Submit(kAdjust, Refund(8, order, "Tip", "1.00")), 8));
  EXPECT_FALSE(Refuses(Submit(kAdjust, Refund(9, order, "ReturnShipping", "1.00")), 9)) << "taken and ignored";
  const auto ledger = Ledger();
  ASSERT_EQ(ledger.at("post_sale_total"), 2);
  EXPECT_EQ(ledger.at("post_sale").at(0).at("amount_minor"), 3700);
  EXPECT_EQ(TrueOrder(order).at("lines").at(0).at("refunded_minor"), 3750);
}

TEST_F(PostSaleTest, OneBadMessage_LeavesTheOthersAlone) {
  const std::string order = Place();
  const std::string report = Submit(kAdjust, CancelUnits(1, order, 1, "NoInventory") +
                                                 Message(2, "OrderAdjustment", "202-0000000-0000000", "") +
                                                 CancelUnits(3, order, 1, "NoInventory"));
  EXPECT_NE(report.find("<MessagesWithError>1</MessagesWithError>"), std::string::npos) << report;
  EXPECT_TRUE(Refuses(report, 2));
  EXPECT_EQ(TrueOrder(order).at("lines").at(0).at("cancelled"), 2);
}

TEST_F(PostSaleTest, WhatIsPendingOrAmazons_IsNotTheMerchantsToCancel) {
  const std::string pending = PlaceOrder(R"({"skus": ["A"], "marketplace": "UK", "status": "PENDING"})");
  EXPECT_TRUE(Refuses(Submit(kAdjust, CancelUnits(1, pending, 1, "NoInventory")), 1));
  const std::string amazons = PlaceOrder(R"({"skus": ["F"], "marketplace": "UK"})");
  EXPECT_TRUE(Refuses(Submit(kAdjust, CancelUnits(2, amazons, 1, "NoInventory")), 2));
}

TEST_F(PostSaleTest, AnEmailThatComesLate_IsAChangeOfTheOrder) {
  const std::string order = PlaceOrder(R"({"skus": ["A"], "marketplace": "UK", "email_after_s": 600})");
  const std::string path = "/orders/2026-01-01/orders/" + order + "?includedData=BUYER";
  const auto before = GetJson(path).at("order");
  EXPECT_FALSE(before.at("buyer").get_object().contains("buyerEmail"));
  amazon.clock().Advance(600 * kSecond);
  const auto after = GetJson(path).at("order");
  EXPECT_TRUE(after.at("buyer").get_object().contains("buyerEmail"));
  EXPECT_LT(Text(before, "lastUpdatedTime"), Text(after, "lastUpdatedTime"));
}

TEST_F(PostSaleTest, TheOrderReport_ShowsWhatSearchesDoNotShowYet) {
  const std::string late = PlaceOrder(R"({"skus": ["A"], "marketplace": "UK", "visible_after_s": 86400})");
  const std::string german = PlaceOrder(R"({"skus": ["A"], "marketplace": "DE"})");
  Control("settings", R"({"reports": {"queue_s": 1, "work_s": 1, "compression": "none"}})");
  LetItShow();
  EXPECT_EQ(SearchJson(SinceYesterday()).at("orders").get_array().size(), 1U);
  const auto report_since = [&](Micros start) {
    const boost::json::object body{{"reportType", "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"},
                                   {"marketplaceIds", boost::json::array{kUk}},
                                   {"dataStartTime", Iso8601(start)}};
    const Response created = Post("/reports/2021-06-30/reports", boost::json::serialize(body));
    EXPECT_EQ(created.status, 202) << created.body;
    amazon.clock().Advance(40 * kMinute);
    LogIn();
    return GetJson("/reports/2021-06-30/reports/" + Text(boost::json::parse(created.body), "reportId"));
  };
  const auto report = report_since(kStart - kHour);
  ASSERT_EQ(Text(report, "processingStatus"), "DONE");
  const auto document = GetJson("/reports/2021-06-30/documents/" + Text(report, "reportDocumentId"));
  const std::string text = BodyOf(Fetch(Text(document, "url")));
  EXPECT_NE(text.find(late), std::string::npos) << text;
  EXPECT_EQ(text.find(german), std::string::npos) << "of another marketplace";
  // Nothing changed since: no data.
  EXPECT_EQ(Text(report_since(amazon.clock().Now()), "processingStatus"), "CANCELLED");
}

}  // namespace
}  // namespace amazon_sim
