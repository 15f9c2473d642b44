// confirmShipment and POST_ORDER_FULFILLMENT_DATA: what leaves, once, and edits of it.
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class ShipmentTest : public SimFixture {
 protected:
  ShipmentTest() {
    Unthrottle();
    Control("settings", R"({"feeds": {"queue_s": 1, "work_s": 1, "compression": "none"}})");
    order_ = PlaceOrder(R"({"lines": [{"sku": "A", "quantity": 3}], "marketplace": "UK"})");
    item_ = Text(Look("ledger?section=orders").at("orders").at(0).at("lines").at(0), "order_item_id");
  }
  Response Confirm(const std::string& reference, const std::string& tracking, int quantity,
                   const std::string& more = "") {
    return Post("/orders/v0/orders/" + order_ + "/shipmentConfirmation",
                R"({"marketplaceId": ")" + std::string(kUk) + R"(", "packageDetail": {"packageReferenceId": )" +
                    reference + R"(, "carrierCode": "Royal Mail", "trackingNumber": ")" + tracking +
                    R"(", "shipDate": ")" + Iso8601(kStart - kHour) + R"(", "orderItems": [{"orderItemId": ")" + item_ +
                    R"(", "quantity": )" + std::to_string(quantity) + "}]" + more + "}}");
  }
  boost::json::value TrueOrder() { return Look("ledger?section=orders").at("orders").at(0); }
  std::string Status() { return Text(TrueOrder(), "status"); }

  std::string order_;
  std::string item_;
};

TEST_F(ShipmentTest, Confirm_ShipsInParts_AndThenTheWhole) {
  const Response first = Confirm("\"1000000001\"", "T1", 1);
  EXPECT_EQ(first.status, 204) << first.body;
  EXPECT_EQ(first.body, "");
  EXPECT_EQ(Status(), "PARTIALLY_SHIPPED");
  EXPECT_EQ(Confirm("\"1000000002\"", "T2", 2).status, 204);
  EXPECT_EQ(Status(), "SHIPPED");
  const auto order = GetJson("/orders/2026-01-01/orders/" + order_ + "?includedData=PACKAGES").at("order");
  EXPECT_EQ(order.at("packages").at(0).at("packageReferenceId"), "1000000001");
  EXPECT_EQ(order.at("packages").at(1).at("trackingNumber"), "T2");
}

TEST_F(ShipmentTest, Confirm_OfAKnownReference_Edits) {
  ASSERT_EQ(Confirm("\"1000000001\"", "T1", 3).status, 204);
  ASSERT_EQ(Confirm("\"1000000001\"", "T2", 3).status, 204);
  const auto packages = TrueOrder().at("packages").get_array();
  ASSERT_EQ(packages.size(), 1U);
  EXPECT_EQ(packages[0].at("tracking"), "T2");
  EXPECT_EQ(packages[0].at("times_told"), 2);
}

TEST_F(ShipmentTest, AShipPlusOrder_IsConfirmedByItsLabelAlone) {
  order_ = PlaceOrder(
      R"({"lines": [{"sku": "A", "quantity": 1}], "marketplace": "UK", "prime": true, "programs": ["FBM_SHIP_PLUS"]})");
  const auto shown = [&] {
    return GetJson("/orders/2026-01-01/orders/" + order_ + "?includedData=FULFILLMENT,PACKAGES").at("order");
  };
  EXPECT_EQ(shown().at("programs"), (boost::json::array{"PRIME", "FBM_SHIP_PLUS"}));
  item_ = Text(shown().at("orderItems").at(0), "orderItemId");
  const Response refused = Confirm("\"1000000001\"", "T1", 1);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("Ship+"), std::string::npos) << refused.body;
  EXPECT_EQ(shown().at("packages").as_array().size(), 0U);
  const std::string which = R"({"order_id": ")" + order_ + "\"";
  EXPECT_EQ(Control("ship", which + "}").at("refused").as_array().size(), 1U);
  EXPECT_EQ(
      Control("ship", which + R"(, "carrier": "DPD", "tracking": "L1", "label": true})").at("done").as_array().size(),
      1U);
  EXPECT_EQ(shown().at("fulfillment").at("fulfillmentStatus"), "SHIPPED");
  EXPECT_EQ(shown().at("packages").at(0).at("trackingNumber"), "L1");
  EXPECT_EQ(amazon.Handle({"POST", "/sim/v1/place-orders", {}, R"({"programs": ["FBM_SHIP"]})"}).status, 400);
}

TEST_F(ShipmentTest, APackageWithABoughtLabel_IsNotEdited) {
  const std::string which = R"({"order_id": ")" + order_ + R"(", "tracking": "L1", "label": true})";
  Control("ship", which);
  EXPECT_EQ(Status(), "SHIPPED");
  const std::string reference = Text(TrueOrder().at("packages").at(0), "reference");
  EXPECT_EQ(Confirm("\"" + reference + "\"", "T2", 3).status, 400);
  EXPECT_EQ(TrueOrder().at("packages").at(0).at("tracking"), "L1");
  EXPECT_EQ(TrueOrder().at("packages").at(0).at("label"), true);
}

TEST_F(ShipmentTest, ATakenPackage_ShowsLater_WhenToldSo) {
  Control("settings", R"({"packages_show_after_s": 30})");
  ASSERT_EQ(Confirm("\"1000000001\"", "T1", 1).status, 204);
  const auto shown = [&] {
    return GetJson("/orders/2026-01-01/orders/" + order_ + "?includedData=FULFILLMENT,PACKAGES").at("order");
  };
  EXPECT_EQ(shown().at("packages").as_array().size(), 0U);
  EXPECT_EQ(shown().at("orderItems").at(0).at("fulfillment").at("quantityFulfilled"), 1)
      << "its units are gone at once";
  EXPECT_EQ(TrueOrder().at("packages").as_array().size(), 1U) << "the ledger knows";
  amazon.clock().Advance(29 * kSecond);
  EXPECT_EQ(shown().at("packages").as_array().size(), 0U);
  amazon.clock().Advance(kSecond);
  EXPECT_EQ(shown().at("packages").as_array().size(), 1U);
  EXPECT_EQ(Look("settings").at("packages_show_after_s"), 30);
  EXPECT_EQ(amazon.Handle({"POST", "/sim/v1/settings", {}, R"({"packages_show_after_s": -1})"}).status, 400);
}

TEST_F(ShipmentTest, Confirm_RefusesWhatIsWrong) {
  EXPECT_EQ(Confirm("1000000001", "T1", 1).status, 400) << "the reference is text";
  EXPECT_EQ(Confirm("\"x\"", "T1", 1).status, 400);
  EXPECT_EQ(Confirm("\"1\"", "", 1).status, 400) << "tracking is required";
  EXPECT_EQ(Confirm("\"1\"", "T1", 4).status, 400) << "more than ordered";
  EXPECT_EQ(Post("/orders/v0/orders/202-0000000-0000000/shipmentConfirmation", "{}").status, 404);
  ASSERT_EQ(Confirm("\"1\"", "T1", 3).status, 204);
  EXPECT_EQ(Confirm("\"2\"", "T2", 1).status, 400) << "already fulfilled";
  EXPECT_EQ(Status(), "SHIPPED");
}

TEST_F(ShipmentTest, Feed_ConfirmsWithoutTracking_AndReportsWhatItRefuses) {
  const Response slot = Post("/feeds/2021-06-30/documents", R"({"contentType": "text/xml; charset=UTF-8"})");
  const auto document = boost::json::parse(slot.body);
  const auto message = [&](int id, const std::string& order) {
    return "<Message><MessageID>" + std::to_string(id) + "</MessageID><OrderFulfillment><AmazonOrderID>" + order +
           "</AmazonOrderID><MerchantFulfillmentID>1000000001</MerchantFulfillmentID><FulfillmentDate>" +
           Iso8601(kStart - kHour) +
           "</FulfillmentDate><FulfillmentData><CarrierName>Van</CarrierName></FulfillmentData><Item>"
           "<AmazonOrderItemCode>" +
           item_ + "</AmazonOrderItemCode><Quantity>3</Quantity></Item></OrderFulfillment></Message>";
  };
  const std::string body =
      "<AmazonEnvelope>" + message(7, order_) + message(8, "202-0000000-0000000") + "</AmazonEnvelope>";
  ASSERT_EQ(
      amazon.Handle({"PUT", PathOf(Text(document, "url")), {{"Content-Type", "text/xml; charset=UTF-8"}}, body}).status,
      200);
  const Response created =
      Post("/feeds/2021-06-30/feeds", R"({"feedType": "POST_ORDER_FULFILLMENT_DATA", "marketplaceIds": [")" +
                                          std::string(kUk) + R"("], "inputFeedDocumentId": ")" +
                                          Text(document, "feedDocumentId") + "\"}");
  ASSERT_EQ(created.status, 202) << created.body;
  amazon.clock().Advance(kMinute);
  EXPECT_EQ(Status(), "SHIPPED");
  EXPECT_EQ(TrueOrder().at("packages").at(0).at("carrier"), "Van");
  EXPECT_EQ(TrueOrder().at("packages").at(0).at("tracking"), "");
  const auto feed = GetJson("/feeds/2021-06-30/feeds/" + Text(boost::json::parse(created.body), "feedId"));
  ASSERT_EQ(Text(feed, "processingStatus"), "DONE");
  const auto result = GetJson("/feeds/2021-06-30/documents/" + Text(feed, "resultFeedDocumentId"));
  const std::string report = BodyOf(Fetch(Text(result, "url")));
  EXPECT_NE(report.find("<MessagesSuccessful>1</MessagesSuccessful>"), std::string::npos) << report;
  EXPECT_NE(report.find("<MessageID>8</MessageID><ResultCode>Error"), std::string::npos) << report;
}

}  // namespace
}  // namespace amazon_sim
