// The static cases of confirmShipment, the one operation of Orders v0 that the plugin calls.
#include <gtest/gtest.h>

#include "quayside/plugin/v1/despatch.pb.h"
#include "tests/sandbox/sandbox_world.h"

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = quayside::plugin::v1;

constexpr TimeUs kShipped = 1'644'541'200'000'000;  // 2022-02-11T01:00:00Z, as in the cases

// The package of the case as the host would ask for it.
pb::DespatchIntent IntentOf(const SandboxCase& c) {
  const json::value& body = c.trigger.at("body").at("value");
  const json::value& package = body.at("packageDetail");
  pb::DespatchIntent intent;
  intent.set_intent_id("7");
  intent.set_order_external_id(TextAt(c.trigger.at("orderId"), "/value"));
  intent.set_marketplace(TextAt(body, "/marketplaceId"));
  intent.set_package_number(std::stoll(TextAt(package, "/packageReferenceId")));
  intent.set_carrier_code(TextAt(package, "/carrierCode"));
  intent.set_carrier_name(TextAt(package, "/carrierName"));
  intent.set_service_name(TextAt(package, "/shippingMethod"));
  intent.set_tracking_number(TextAt(package, "/trackingNumber"));
  intent.set_shipped_us(kShipped);
  for (const json::value& item : package.at("orderItems").as_array()) {
    pb::PackageLine& line = *intent.add_lines();
    line.set_external_line_id(TextAt(item, "/orderItemId"));
    line.set_quantity(item.at("quantity").to_number<int>());
  }
  return intent;
}

// The order of the case before anything of it left.
std::string UnshippedOrder(const pb::DespatchIntent& intent) {
  json::object item{{"orderItemId", intent.lines(0).external_line_id()},
                    {"quantityOrdered", intent.lines(0).quantity()},
                    {"product", {{"sellerSku", "SKU-1"}}}};
  return json::serialize(
      json::object{{"order",
                    {{"orderId", intent.order_external_id()},
                     {"createdTime", "2022-02-10T01:00:00Z"},
                     {"lastUpdatedTime", "2022-02-10T01:00:00Z"},
                     {"salesChannel", {{"channelName", "AMAZON"}, {"marketplaceId", intent.marketplace()}}},
                     {"fulfillment", {{"fulfillmentStatus", "UNSHIPPED"}, {"fulfilledBy", "MERCHANT"}}},
                     {"orderItems", json::array{std::move(item)}}}}});
}

TEST_P(SandboxReplay, ConfirmShipment_EveryCase) {
  int replayed = 0;
  for (const SandboxCase& c : ReadSandboxCases(models_, "ordersV0.json")) {
    if (c.operation != "confirmShipment") continue;
    SCOPED_TRACE(NameOf(c));
    ++replayed;
    pb::ConfirmDespatchRequest request;
    *request.add_intents() = IntentOf(c);
    const pb::DespatchIntent& intent = request.intents(0);
    // What is refused is looked at.
    transport_.Forget();
    transport_.Beside("GET", "/orders/2026-01-01/orders/" + intent.order_external_id(), 200, UnshippedOrder(intent));
    const auto reply = Call<pb::ConfirmDespatchReply>(c, "despatch/1", "confirm", request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    ASSERT_EQ(reply->outcomes_size(), 1);
    const pb::Outcome& outcome = reply->outcomes(0);
    ASSERT_TRUE(transport_.asked().has_value());
    EXPECT_EQ(transport_.asked()->method, c.method);
    EXPECT_NE(transport_.asked()->url.find("/orders/v0/orders/902-1106328-1059050/shipmentConfirmation"),
              std::string::npos);
    if (c.status == 204) {
      EXPECT_TRUE(outcome.has_done()) << outcome.ShortDebugString();
    } else {
      EXPECT_EQ(outcome.rejected().reason(), "REQUEST_REFUSED") << outcome.ShortDebugString();
      EXPECT_NE(outcome.rejected().message().find(TextAt(c.response, "/errors/0/message")), std::string::npos);
      continue;
    }
    // Every field we send reads as in the case that Amazon takes; a carrier on its list needs no name.
    const json::value sent = json::parse(transport_.asked()->body);
    const json::value& wanted = c.trigger.at("body").at("value");
    EXPECT_EQ(TextAt(sent, "/marketplaceId"), TextAt(wanted, "/marketplaceId"));
    for (const char* field : {"/packageReferenceId", "/carrierCode", "/shippingMethod", "/trackingNumber"}) {
      const std::string at = std::string("/packageDetail") + field;
      EXPECT_EQ(TextAt(sent, at.c_str()), TextAt(wanted, at.c_str())) << field;
    }
    EXPECT_EQ(TextAt(sent, "/packageDetail/orderItems/0/orderItemId"),
              TextAt(wanted, "/packageDetail/orderItems/0/orderItemId"));
    EXPECT_EQ(sent.at_pointer("/packageDetail/orderItems/0/quantity"),
              wanted.at_pointer("/packageDetail/orderItems/0/quantity"));
    EXPECT_EQ(TextAt(sent, "/packageDetail/shipDate").substr(0, 19), "2022-02-11T01:00:00");
  }
  EXPECT_EQ(replayed, 2);
}

}  // namespace
}  // namespace quayside
