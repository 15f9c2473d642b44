// Outbound orders: what is refused, the states an order goes through, and where the units go. Both versions of the API
// show the same orders.
#include <functional>

#include "testing/outbound_fixture.h"

namespace amazon_sim {
namespace {

using OutboundTest = OutboundFixture;

TEST_F(OutboundTest, AnOrder_GoesThroughItsStates_AndItsUnitsLeaveTheShelf) {
  Created("Q1");
  EXPECT_EQ(Status("Q1"), "New");
  Wait(10);
  EXPECT_EQ(Status("Q1"), "Received");
  Wait(10);
  EXPECT_EQ(Status("Q1"), "Planning");
  EXPECT_EQ(Units().fulfillable, 10);
  Wait(60);
  EXPECT_EQ(Status("Q1"), "Processing");
  EXPECT_EQ(Shipments("Q1"), "PENDING ");
  EXPECT_EQ(Units().fulfillable, 8);
  EXPECT_EQ(Units().reserved_orders, 2);
  Wait(600);
  EXPECT_EQ(Status("Q1"), "Complete");
  EXPECT_EQ(Shipments("Q1"), "SHIPPED ");
  EXPECT_EQ(Units().Total(), 8);
  const auto shipment = Whole("Q1").at("fulfillmentShipments").at(0);
  const auto& package = shipment.at("fulfillmentShipmentPackage").at(0);
  EXPECT_EQ(package.at("packageNumber"), shipment.at("fulfillmentShipmentItem").at(0).at("packageNumber"));
  const auto tracking = GetJson("/fba/outbound/2020-07-01/tracking?packageNumber=" +
                                std::to_string(package.at("packageNumber").to_number<int>()));
  EXPECT_EQ(tracking.at("payload").at("trackingNumber"), package.at("trackingNumber"));
  EXPECT_EQ(tracking.at("payload").at("currentStatus"), "IN_TRANSIT");
  EXPECT_EQ(Get("/fba/outbound/2020-07-01/tracking?packageNumber=7").status, 404);
}

TEST_F(OutboundTest, TheSameIdAgain_IsRefusedAndMakesNoSecondOrder) {
  Created("Q1");
  EXPECT_EQ(Create(Body("Q1")).status, 400);
  EXPECT_EQ(Create(Body("Q1", 5)).status, 400);
  const auto ledger = Look("ledger?section=outbound");
  EXPECT_EQ(ledger.at("outbound_total"), 1);
  EXPECT_EQ(ledger.at("outbound").at(0).at("creates"), 3);
  Wait(kDay / kSecond);
  EXPECT_EQ(Units().Total(), 8);
}

TEST_F(OutboundTest, NonsenseIsRefused) {
  const auto refused = [&](const std::function<void(boost::json::object&)>& spoil) {
    auto body = Body("Q1");
    spoil(body);
    const Response answer = Create(body);
    EXPECT_EQ(answer.status, 400) << boost::json::serialize(body);
    return ErrorDetails(answer);
  };
  for (const char* field : {"displayableOrderId", "displayableOrderDate", "displayableOrderComment", "items",
                            "shippingSpeedCategory", "destinationAddress", "sellerFulfillmentOrderId"}) {
    EXPECT_NE(refused([&](auto& body) { body.erase(field); }), "") << field;
  }
  refused([](auto& body) { body["sellerFulfillmentOrderId"] = "Q 1"; });
  refused([](auto& body) { body["sellerFulfillmentOrderId"] = std::string(41, 'Q'); });
  refused([](auto& body) { body["shippingSpeedCategory"] = "ScheduledDelivery"; });
  refused([](auto& body) { body["destinationAddress"].as_object().erase("city"); });
  refused([](auto& body) { body["items"].at(0).as_object()["quantity"] = 251; });
  refused([](auto& body) { body["items"].as_array().push_back(body.at("items").at(0)); });
  EXPECT_NE(refused([](auto& body) { body["items"].at(0).as_object()["sellerSku"] = "NONE"; }).find("NONE"),
            std::string::npos);
  EXPECT_NE(refused([](auto& body) {
              body["items"].at(0).at("perUnitDeclaredValue").as_object()["currencyCode"] = "EUR";
            }).find("currency"),
            std::string::npos);
  EXPECT_NE(refused([](auto& body) { body["destinationAddress"].as_object()["countryCode"] = "DE"; }).find("country"),
            std::string::npos)
      << "not across the Channel";
  EXPECT_EQ(Look("ledger?section=outbound").at("outbound_total"), 0);
}

TEST_F(OutboundTest, Cancelling_HasAWindow) {
  Created("Q1");
  Created("Q2");
  Wait(30);
  EXPECT_EQ(CancelOrder("Q1").status, 200);
  EXPECT_EQ(Status("Q1"), "Cancelled");
  EXPECT_EQ(Count("Q1", "cancelledQuantity"), 2);
  EXPECT_EQ(CancelOrder("Q1").status, 400);
  EXPECT_EQ(CancelOrder("NONE").status, 404);
  Wait(60);
  EXPECT_EQ(Status("Q2"), "Processing");
  EXPECT_EQ(CancelOrder("Q2").status, 400);
  Wait(600);
  EXPECT_EQ(Status("Q1"), "Cancelled") << "it stays so";
  EXPECT_EQ(Status("Q2"), "Complete");
}

TEST_F(OutboundTest, AShipmentTheWarehouseCancels_IsPlannedAnew) {
  Created("Q1");
  Wait(100);
  Do("cancel-shipments", "Q1");
  EXPECT_EQ(Shipments("Q1"), "CANCELLED_BY_FULFILLER ");
  EXPECT_EQ(Status("Q1"), "Processing");
  EXPECT_EQ(Units().fulfillable, 10);
  Wait(60);
  EXPECT_EQ(Shipments("Q1"), "CANCELLED_BY_FULFILLER PENDING ");
  EXPECT_EQ(Units().fulfillable, 8);
  Wait(600);
  EXPECT_EQ(Shipments("Q1"), "CANCELLED_BY_FULFILLER SHIPPED ");
  EXPECT_EQ(Status("Q1"), "Complete");
  EXPECT_EQ(Units().Total(), 8);
}

TEST_F(OutboundTest, AShipmentTheWarehouseGivesUp_LeavesTheOrderUnfulfillable) {
  Created("Q1");
  Wait(100);
  Do("cancel-shipments", "Q1", R"(, "replan": false, "lost": true)");
  EXPECT_EQ(Status("Q1"), "Unfulfillable");
  EXPECT_EQ(Count("Q1", "unfulfillableQuantity"), 2);
  EXPECT_EQ(Units().researching, 2);
  EXPECT_EQ(Units().fulfillable, 8);
  EXPECT_EQ(Units().Reserved(), 0);
}

TEST_F(OutboundTest, WithTooLittleStock_ThePolicyDecides) {
  Created("KILL", 12);
  Created("PART", 12, "FillAllAvailable");
  Wait(80);
  EXPECT_EQ(Status("KILL"), "Unfulfillable");
  EXPECT_EQ(Count("KILL", "unfulfillableQuantity"), 12);
  Wait(600);
  EXPECT_EQ(Status("PART"), "CompletePartialled");
  EXPECT_EQ(Count("PART", "unfulfillableQuantity"), 2);
  EXPECT_EQ(Units().Total(), 0);
}

TEST_F(OutboundTest, FillAll_SendsWhatIsThereAndTheRestWhenItCame) {
  Created("Q1", 12, "FillAll");
  Wait(700);
  EXPECT_EQ(Status("Q1"), "Processing");
  EXPECT_EQ(Shipments("Q1"), "SHIPPED ");
  Control("receive-fba-stock", R"({"sku": "F", "quantity": 5})");
  EXPECT_EQ(Shipments("Q1"), "SHIPPED PENDING ");
  Wait(700);
  EXPECT_EQ(Status("Q1"), "Complete");
  EXPECT_EQ(Units().Total(), 3);
}

TEST_F(OutboundTest, UnitsBetweenTwoWarehouses_ArePreviewedAndWaitedFor) {
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 1, "reserved_transfer": 5})");
  auto preview = Body("Q1");
  preview["address"] = preview.at("destinationAddress");
  const Response previewed = Post(std::string(kOrders) + "/preview", boost::json::serialize(preview));
  ASSERT_EQ(previewed.status, 200) << previewed.body;
  const auto previews = boost::json::parse(previewed.body).at("payload").at("fulfillmentPreviews").get_array();
  ASSERT_EQ(previews.size(), 3U);
  EXPECT_EQ(previews[0].at("isFulfillable"), true);
  Created("Q1");
  Wait(kDay / kSecond);
  EXPECT_EQ(Status("Q1"), "Planning");
  Control("receive-fba-stock", R"({"sku": "F", "quantity": 5, "from": "transfer"})");
  Wait(600);
  EXPECT_EQ(Status("Q1"), "Complete");
}

TEST_F(OutboundTest, APreview_SaysWhatIsMissing) {
  auto body = Body("Q1", 11);
  body["address"] = body.at("destinationAddress");
  body["shippingSpeedCategories"] = boost::json::array{"Expedited"};
  const Response previewed = Post(std::string(kOrders) + "/preview", boost::json::serialize(body));
  ASSERT_EQ(previewed.status, 200) << previewed.body;
  const auto preview = boost::json::parse(previewed.body).at("payload").at("fulfillmentPreviews").at(0);
  EXPECT_EQ(preview.at("shippingSpeedCategory"), "Expedited");
  EXPECT_EQ(preview.at("isFulfillable"), false);
  EXPECT_EQ(preview.at("unfulfillablePreviewItems").at(0).at("sellerFulfillmentOrderItemId"), "1");
  EXPECT_EQ(Units().fulfillable, 10) << "a preview reserves nothing";
}

TEST_F(OutboundTest, AStuckOrder_StaysInPlanningUntilTold) {
  Created("Q1");
  Do("set-outbound", "Q1", R"(, "stuck": true)");
  Wait(30 * kDay / kSecond);
  EXPECT_EQ(Status("Q1"), "Planning");
  const std::string ship_by = Text(Whole("Q1").at("fulfillmentOrderItems").at(0), "estimatedShipDate");
  EXPECT_LT(ship_by, Iso8601(amazon.clock().Now()));
  Do("set-outbound", "Q1", R"(, "stuck": false)");
  Wait(600);
  EXPECT_EQ(Status("Q1"), "Complete");
}

TEST_F(OutboundTest, AnOrderThatTurnsOutInvalid_TakesNothing) {
  Control("settings", R"({"outbound": {"invalid_share": 1}})");
  Created("Q1");
  Wait(1000);
  EXPECT_EQ(Status("Q1"), "Invalid");
  EXPECT_EQ(Units().fulfillable, 10);
}

TEST_F(OutboundTest, AHold_WaitsForAnUpdateAndEndsByItself) {
  auto body = Body("Q1");
  body["fulfillmentAction"] = "Hold";
  ASSERT_EQ(Create(body).status, 200);
  body["sellerFulfillmentOrderId"] = "Q2";
  ASSERT_EQ(Create(body).status, 200);
  Created("Q3");
  Wait(1000);
  EXPECT_EQ(Status("Q1"), "Received");
  EXPECT_EQ(Put(std::string(kOrders) + "/Q3", R"({"fulfillmentAction": "Ship"})").status, 400) << "not on hold";
  EXPECT_EQ(Put(std::string(kOrders) + "/Q1",
                R"({"fulfillmentAction": "Ship", "items": [{"sellerFulfillmentOrderItemId": "1", "quantity": 3}]})")
                .status,
            200);
  Wait(1000);
  EXPECT_EQ(Status("Q1"), "Complete");
  EXPECT_EQ(Units().Total(), 5);
  Wait(15 * kDay / kSecond);
  EXPECT_EQ(Status("Q2"), "Cancelled");
}

TEST_F(OutboundTest, SplitShipments_LeaveOneByOne_AndOnlyTheNewVersionListsTheFirst) {
  Control("settings", R"({"outbound": {"split_share": 1, "ship_s": [600, 6000]}})");
  Created("Q1", 5);
  Wait(100);
  EXPECT_EQ(Shipments("Q1"), "PENDING PENDING ");
  const std::string since = Iso8601(amazon.clock().Now());
  while (Shipments("Q1") == "PENDING PENDING ") Wait(60);
  ASSERT_EQ(Status("Q1"), "Processing");
  const auto old = GetJson(std::string(kOrders) + "?queryStartDate=" + since).at("payload");
  EXPECT_EQ(old.at("fulfillmentOrders").get_array().size(), 0U) << "the order's status has not changed";
  const auto listed = GetJson(std::string(kOrders2026) + "?updatedAfter=" + since).at("orders");
  ASSERT_EQ(listed.get_array().size(), 1U);
  EXPECT_EQ(listed.at(0).at("shipments").get_array().size(), 2U);
  Wait(6000);
  EXPECT_EQ(Status("Q1"), "Complete");
  EXPECT_EQ(Units().Total(), 5);
}

TEST_F(OutboundTest, Orders_ShowsAnEchoThatIsNoSale) {
  Created("Q1");
  Wait(700);
  LetItShow();
  const auto page = SearchJson(SinceYesterday() + "&includedData=FULFILLMENT");
  ASSERT_EQ(page.at("orders").get_array().size(), 1U);
  const auto& echo = page.at("orders").at(0);
  EXPECT_EQ(echo.at("salesChannel").at("channelName"), "NON_AMAZON");
  EXPECT_EQ(echo.at("fulfillment").at("fulfillmentStatus"), "SHIPPED");
  EXPECT_EQ(Units().Total(), 8) << "the units leave once";
}

TEST_F(OutboundTest, TheList_IsPagedAndRepeatsWhatChangesMeanwhile) {
  Control("settings", R"({"outbound": {"page_size": 2, "ship_s": 86400}})");
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) {
    Created(id, 1);
    Wait(1);
  }
  std::multiset<std::string> seen;
  std::string target = std::string(kOrders) + "?queryStartDate=" + Iso8601(kStart);
  while (!target.empty()) {
    const auto payload = GetJson(target).at("payload");
    for (const auto& each : payload.at("fulfillmentOrders").get_array()) {
      seen.insert(Text(each, "sellerFulfillmentOrderId"));
    }
    const auto* token = payload.get_object().if_contains("nextToken");
    target = token ? std::string(kOrders) + "?nextToken=" + PercentEncode(token->get_string()) : "";
    if (seen.size() == 2) CancelOrder("Q1");
  }
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen.count("Q1"), 2U);
  EXPECT_EQ(Get(std::string(kOrders) + "?nextToken=x").status, 400);
}

TEST_F(OutboundTest, AnOrderThatShowsLate_IsNotFoundBefore) {
  Control("settings", R"({"outbound": {"visible_after_s": 30}})");
  Created("Q1");
  EXPECT_EQ(Get(std::string(kOrders) + "/Q1").status, 404);
  EXPECT_EQ(Get(std::string(kOrders2026) + "/Q1").status, 404);
  EXPECT_EQ(Create(Body("Q1")).status, 400) << "it is there all the same";
  Wait(30);
  EXPECT_EQ(Status("Q1"), "Planning");
}

TEST_F(OutboundTest, EndedOrders_AreForgottenInTime) {
  Control("settings", R"({"outbound": {"retention_days": 1}})");
  Created("Q1");
  Created("Q2");
  Do("set-outbound", "Q2", R"(, "stuck": true)");
  Wait(2 * kDay / kSecond);
  Created("Q3");
  EXPECT_EQ(Get(std::string(kOrders) + "/Q1").status, 404);
  EXPECT_EQ(Status("Q2"), "Planning");
  Created("Q1", 1);
}

TEST_F(OutboundTest, WhateverTheWarehouseDoes_NoUnitIsLostOrInvented) {
  Control("settings", R"({"outbound": {"split_share": 0.4, "warehouse_cancel_share": 0.3, "invalid_share": 0.05,
                                       "stuck_share": 0.1, "ship_s": [60, 6000]}})");
  Control("set-fba-stock", R"({"sku": "F", "fulfillable": 300})");
  Rng rng(7);
  std::int64_t arrived = 0;
  for (int i = 0; i < 200; ++i) {
    const auto policies = {"FillOrKill", "FillAll", "FillAllAvailable"};
    Created("Q" + std::to_string(i), static_cast<int>(rng.Between(1, 4)), *(policies.begin() + rng.Below(3)));
    Wait(rng.Between(0, 120));
    if (rng.Chance(0.2)) CancelOrder("Q" + std::to_string(rng.Below(static_cast<std::uint64_t>(i) + 1)));
    if (rng.Chance(0.1))
      Control("cancel-shipments", R"({"all": true, "replan": )" + std::string(i % 2 ? "true}" : "false}"));
    if (rng.Chance(0.05)) {
      arrived += 5;
      Control("receive-fba-stock", R"({"sku": "F", "quantity": 5})");
    }
  }
  Control("set-outbound", R"({"all": true, "stuck": false})");
  Wait(2 * kDay / kSecond);
  Control("receive-fba-stock", R"({"sku": "F", "quantity": 800})");  // for what waits
  Wait(2 * kDay / kSecond);
  std::int64_t shipped = 0;
  const auto ledger = Look("ledger?section=outbound");
  ASSERT_EQ(ledger.at("outbound_total"), 200);
  for (const auto& order : ledger.at("outbound").get_array()) {
    const auto& line = order.at("lines").at(0);
    const auto count = [&](std::string_view field) { return line.at(field).to_number<std::int64_t>(); };
    EXPECT_EQ(count("quantity"), count("shipped") + count("cancelled") + count("unfulfillable"))
        << boost::json::serialize(order);
    shipped += count("shipped");
  }
  EXPECT_GT(shipped, 100);
  EXPECT_EQ(Units().reserved_orders, 0);
  EXPECT_EQ(Units().Total(), 300 + arrived + 800 - shipped);
}

}  // namespace
}  // namespace amazon_sim
