// A simulated seller with ten units of a SKU in Amazon's warehouse, and outbound orders through the older API.
#pragma once

#include <string>

#include "testing/sim_fixture.h"

namespace amazon_sim {

constexpr char kOrders[] = "/fba/outbound/2020-07-01/fulfillmentOrders";
constexpr char kOrders2026[] = "/fulfillment/outbound/2026-07-04/orders";

class OutboundFixture : public SimFixture {
 protected:
  OutboundFixture() {
    Unthrottle();
    Control(
        "settings",
        R"({"token_life_s": 10000000, "outbound": {"receive_s": 10, "queue_s": 10, "plan_s": 60, "ship_s": 600, "replan_s": 60,
                                         "cancel_s": 5}})");
    LogIn();  // with a token that outlives every test
    Control("set-fba-stock", R"({"sku": "F", "pool": "uk", "fulfillable": 10})");
  }

  // Replaces fields of a good request.
  static boost::json::object Body(const std::string& id, int quantity = 2) {
    boost::json::object body = boost::json::parse(R"({"displayableOrderId": "D-1", "displayableOrderComment": "Thanks",
        "displayableOrderDate": "2026-11-18T11:00:00Z", "shippingSpeedCategory": "Standard",
        "fulfillmentPolicy": "FillOrKill", "marketplaceId": "A1F83G8C2ARO7P",
        "destinationAddress": {"name": "Ada Byron", "addressLine1": "1 High Street", "city": "York",
                               "postalCode": "YO1 7HH", "countryCode": "GB"},
        "items": [{"sellerSku": "F", "sellerFulfillmentOrderItemId": "1",
                   "perUnitDeclaredValue": {"currencyCode": "GBP", "value": "9.99"}}]})")
                                   .get_object();
    body["sellerFulfillmentOrderId"] = id;
    body["items"].at(0).as_object()["quantity"] = quantity;
    return body;
  }
  Response Create(const boost::json::object& body) { return Post(kOrders, boost::json::serialize(body)); }
  void Created(const std::string& id, int quantity = 2, const std::string& policy = "FillOrKill") {
    auto body = Body(id, quantity);
    body["fulfillmentPolicy"] = policy;
    const Response answer = Create(body);
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  Response Put(const std::string& target, const std::string& body = "{}") {
    return amazon.Handle({"PUT", target, ClientHeaders(), body});
  }
  Response CancelOrder(const std::string& id) { return Put(std::string(kOrders) + "/" + id + "/cancel"); }
  boost::json::value Whole(const std::string& id) { return GetJson(std::string(kOrders) + "/" + id).at("payload"); }
  std::string Status(const std::string& id) { return Text(Whole(id).at("fulfillmentOrder"), "fulfillmentOrderStatus"); }
  std::int64_t Count(const std::string& id, const std::string& field) {
    return Whole(id).at("fulfillmentOrderItems").at(0).at(field).get_int64();
  }
  std::string Shipments(const std::string& id) {
    std::string statuses;
    const auto shipments = Whole(id).at("fulfillmentShipments").get_array();
    for (const auto& each : shipments) {
      statuses += Text(each, "fulfillmentShipmentStatus") + " ";
    }
    return statuses;
  }
  FbaUnits Units() {
    amazon.Tick();
    return amazon.world().Book("SELLER").warehouse().Find("uk", "F")->units;
  }
  void Wait(std::int64_t seconds) { amazon.clock().Advance(seconds * kSecond); }
  void Do(const std::string& command, const std::string& id, const std::string& more = "") {
    const auto answer = Control(command, R"({"order_id": ")" + id + "\"" + more + "}");
    EXPECT_EQ(answer.at("done").get_array().size(), 1U) << boost::json::serialize(answer);
  }
};

}  // namespace amazon_sim
