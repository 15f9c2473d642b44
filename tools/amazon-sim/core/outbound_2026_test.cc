// The later version of the outbound API: the same orders and states under other names; what is taken first and done
// later.
#include "testing/outbound_fixture.h"

namespace amazon_sim {
namespace {

class Outbound2026Test : public OutboundFixture {
 protected:
  static std::string Body2026(const std::string& id, const std::string& amount = "2",
                              const std::string& tier = "STANDARD", const std::string& action = "SHIP") {
    return R"({"orderId": ")" + id + R"(", "channel": "SHOP", "origin": {"countryCode": "GB"},
        "destination": {"deliveryAddress": {"name": "Ada Byron", "addressLine1": "1 High Street", "city": "York",
                                            "postalCode": "YO1 7HH", "countryCode": "GB"}},
        "fulfillmentConfiguration": {"serviceLevel": {"serviceTiers": [")" +
           tier + R"("]}, "action": ")" + action + R"(", "policy": "FILL_OR_KILL"},
        "lineItems": [{"lineItemId": "1", "amount": {"unit": "EACHES", "value": ")" +
           amount + R"("},
                       "product": {"productIdentifier": {"amazonSku": "F"},
                                   "perUnitDeclaredValue": {"currencyCode": "GBP", "amount": "9.99"}}}]})";
  }
  boost::json::value Order2026(const std::string& id) {
    return GetJson(std::string(kOrders2026) + "/" + id).at("order");
  }
};

TEST_F(Outbound2026Test, AnOrder_IsCreatedShownAndShipped) {
  const Response created = Post(kOrders2026, Body2026("Q1", "2.0", "EXPEDITED"));
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_FALSE(Order2026("Q1").get_object().contains("status")) << "nobody has looked at it";
  Wait(100);
  EXPECT_EQ(Order2026("Q1").at("status"), "PROCESSING");
  EXPECT_EQ(Order2026("Q1").at("shipments").at(0).at("status"), "PROCESSING");
  Wait(600);
  const auto order = Order2026("Q1");
  EXPECT_EQ(order.at("status"), "COMPLETE");
  EXPECT_EQ(order.at("lineItems").at(0).at("amount").at("value"), "2");
  const auto& shipment = order.at("shipments").at(0);
  EXPECT_EQ(shipment.at("status"), "SHIPPED");
  EXPECT_EQ(shipment.at("items").at(0).at("packageId"), shipment.at("packages").at(0).at("packageId"));
  EXPECT_EQ(Status("Q1"), "Complete") << "the other version shows it, too";
  EXPECT_FALSE(
      GetJson(std::string(kOrders2026) + "/Q1?shipments=EXCLUDE").at("order").get_object().contains("shipments"));
}

TEST_F(Outbound2026Test, TheGiftMessageOfALine_IsKept) {
  auto body = boost::json::parse(Body2026("Q1")).get_object();
  body["lineItems"].at(0).as_object()["fulfillmentConfiguration"] = boost::json::parse(
      R"({"services": {"packaging": {"packingSlip": {"templateAttributes": {"giftMessage": "For you"}}}}})");
  ASSERT_EQ(Post(kOrders2026, boost::json::serialize(body)).status, 200);
  EXPECT_EQ(Whole("Q1").at("fulfillmentOrderItems").at(0).at("giftMessage"), "For you") << "in either version";
  EXPECT_EQ(Order2026("Q1").at_pointer(
                "/lineItems/0/fulfillmentConfiguration/services/packaging/packingSlip/templateAttributes/giftMessage"),
            "For you");
}

TEST_F(Outbound2026Test, EachStateOfAnOrder) {
  for (const char* id : {"DONE", "BACK", "SHORT", "BAD"}) {
    ASSERT_EQ(Post(kOrders2026, Body2026(id)).status, 200);
  }
  const auto status = [&](const char* id) { return Text(Order2026(id), "status"); };
  Wait(100);
  EXPECT_EQ(status("DONE"), "PROCESSING");
  Do("set-outbound", "BACK", R"(, "status": "Cancelled")");
  Do("set-outbound", "SHORT", R"(, "status": "Unfulfillable")");
  Do("set-outbound", "BAD", R"(, "status": "Invalid")");
  EXPECT_EQ(status("BACK"), "CANCELLED");
  EXPECT_EQ(Order2026("BACK").at("shipments").at(0).at("status"), "CANCELLED");
  EXPECT_EQ(status("SHORT"), "UNFULFILLABLE");
  EXPECT_EQ(Order2026("SHORT").at("lineItems").at(0).at("unfulfillableAmount").at("value"), "2");
  EXPECT_EQ(status("BAD"), "INVALID");
  Wait(600);
  EXPECT_EQ(status("DONE"), "COMPLETE");
  Control("settings", R"({"outbound": {"split_share": 1, "ship_s": [600, 60000]}})");
  ASSERT_EQ(Post(kOrders2026, Body2026("HALF")).status, 200);
  while (Shipments("HALF").find("SHIPPED") == std::string::npos) Wait(60);
  EXPECT_EQ(status("HALF"), "PROCESSING");
  Do("cancel-shipments", "HALF", R"(, "replan": false)");
  EXPECT_EQ(status("HALF"), "COMPLETE_PARTIAL");
}

TEST_F(Outbound2026Test, AShipmentTheWarehouseCancels_IsPlannedAnew) {
  ASSERT_EQ(Post(kOrders2026, Body2026("Q1")).status, 200);
  Wait(100);
  Do("cancel-shipments", "Q1");
  EXPECT_EQ(Order2026("Q1").at("status"), "PROCESSING");
  EXPECT_EQ(Order2026("Q1").at("shipments").at(0).at("status"), "CANCELLED");
  EXPECT_FALSE(Order2026("Q1").at("shipments").at(0).get_object().contains("shipTime")) << "nothing leaves";
  EXPECT_EQ(Put(std::string(kOrders2026) + "/Q1/cancel").status, 400) << "too late";
  Wait(700);
  EXPECT_EQ(Order2026("Q1").at("status"), "COMPLETE");
  EXPECT_EQ(Order2026("Q1").at("shipments").at(1).at("status"), "SHIPPED");
}

TEST_F(Outbound2026Test, NonsenseIsRefused) {
  EXPECT_EQ(Post(kOrders2026, Body2026("Q1", "1.5")).status, 400);
  EXPECT_EQ(Post(kOrders2026, Body2026("Q1", "0")).status, 400);
  EXPECT_EQ(Post(kOrders2026, Body2026("Q 1")).status, 400);
  EXPECT_EQ(Post(kOrders2026, Body2026("Q1", "1", "PRIORITY")).status, 400) << "not offered in Britain";
  EXPECT_EQ(Post(kOrders2026, Body2026("Q1", "251")).status, 400);
  EXPECT_EQ(Post(kOrders2026, "{}").status, 400);
  EXPECT_EQ(Look("ledger?section=outbound").at("outbound_total"), 0);
}

TEST_F(Outbound2026Test, ACancellation_IsTakenFirstAndDoneLater_OrNot) {
  ASSERT_EQ(Post(kOrders2026, Body2026("Q1")).status, 200);
  EXPECT_EQ(Put(std::string(kOrders2026) + "/Q1/cancel").status, 202);
  EXPECT_NE(Status("Q1"), "Cancelled");
  Wait(5);
  EXPECT_EQ(Order2026("Q1").at("status"), "CANCELLED");
  EXPECT_EQ(Order2026("Q1").at("lineItems").at(0).at("cancelledAmount").at("value"), "2");
  ASSERT_EQ(Post(kOrders2026, Body2026("Q2")).status, 200);
  Wait(77);
  EXPECT_EQ(Put(std::string(kOrders2026) + "/Q2/cancel").status, 202);
  Wait(5);
  EXPECT_EQ(Order2026("Q2").at("status"), "PROCESSING") << "it was planned before the cancellation came through";
  EXPECT_EQ(Put(std::string(kOrders2026) + "/Q2/cancel").status, 400);
}

TEST_F(Outbound2026Test, CreatingMayBeTakenFirst) {
  Control("settings", R"({"outbound": {"create_later": true, "visible_after_s": 20}})");
  const Response created = Post(kOrders2026, Body2026("Q1"));
  ASSERT_EQ(created.status, 202);
  EXPECT_EQ(boost::json::parse(created.body).at("orderId"), "Q1");
  EXPECT_EQ(Get(std::string(kOrders2026) + "/Q1").status, 404);
  Wait(20);
  EXPECT_EQ(Order2026("Q1").at("orderId"), "Q1");
}

TEST_F(Outbound2026Test, AHold_IsLetGoByAnUpdate) {
  ASSERT_EQ(Post(kOrders2026, Body2026("Q1", "1", "STANDARD", "HOLD")).status, 200);
  Wait(1000);
  EXPECT_EQ(Order2026("Q1").at("fulfillmentConfiguration").at("action"), "HOLD");
  EXPECT_EQ(Put(std::string(kOrders2026) + "/Q1", R"({"fulfillmentConfiguration": {"action": "SHIP"}})").status, 202);
  Wait(1000);
  EXPECT_EQ(Order2026("Q1").at("status"), "COMPLETE");
}

TEST_F(Outbound2026Test, APreview_OffersTiersOrSaysWhatStandsInTheWay) {
  const std::string path = "/fulfillment/outbound/2026-07-04/previews";
  const auto offered = boost::json::parse(Post(path, Body2026("Q1")).body);
  const auto& offers = offered.at("plannedShipments").at(0).at("offers").get_array();
  ASSERT_EQ(offers.size(), 1U);
  EXPECT_EQ(offers[0].at("fulfillmentConfiguration").at("serviceLevel").at("serviceTier"), "STANDARD");
  const auto refused = boost::json::parse(Post(path, Body2026("Q1", "11")).body);
  EXPECT_EQ(refused.at("plannedShipments").get_array().size(), 0U);
  EXPECT_EQ(refused.at("constraints").at(0).at("code"), "OUT_OF_STOCK");
}

TEST_F(Outbound2026Test, TheListsToken_GoesWithTheSameArguments) {
  Control("settings", R"({"outbound": {"page_size": 1}})");
  ASSERT_EQ(Post(kOrders2026, Body2026("Q1")).status, 200);
  ASSERT_EQ(Post(kOrders2026, Body2026("Q2")).status, 200);
  const std::string target = std::string(kOrders2026) + "?updatedAfter=" + Iso8601(kStart);
  const std::string token = "&pageToken=" + PercentEncode(Text(GetJson(target).at("pagination"), "nextToken"));
  EXPECT_EQ(GetJson(target + token).at("orders").at(0).at("orderId"), "Q2");
  EXPECT_EQ(Get(target + "&shipments=EXCLUDE" + token).status, 400);
}

}  // namespace
}  // namespace amazon_sim
