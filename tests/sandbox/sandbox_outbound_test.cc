// Fulfillment Outbound in both versions. Their models have no static cases: what they give as examples is replayed, and
// every body the plugin sends is held against the schema of its operation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quayside/plugin/v1/fulfilment.pb.h"
#include "tests/sandbox/sandbox_world.h"

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kFulfilment[] = "fulfilment/1";
constexpr char kModel2020[] = "fulfillmentOutbound_2020-07-01.json";
constexpr char kModel2026[] = "fulfillmentOutbound_2026-07-04.json";
constexpr char kOrders2020[] = "/fba/outbound/2020-07-01/fulfillmentOrders";
constexpr char kOrders2026[] = "/fulfillment/outbound/2026-07-04/orders";

// With everything the contract knows, so that every field is judged.
pb::OutboundOrder FullOrder(const std::string& sku) {
  pb::OutboundOrder order;
  order.set_outbound_id("QS-7");
  order.set_marketplace("ATVPDKIKX0DER");
  order.set_display_id("M-7");
  order.set_display_us(kNow);
  order.set_comment("Thank you for your order.");
  order.set_speed(pb::SHIPPING_SPEED_STANDARD);
  order.set_sales_channel("SHOP");
  pb::Address& address = *order.mutable_ship_to();
  address.set_name("Shopper Name");
  address.set_company("Shoppers Inc");
  for (const char* line : {"1000 Winthrop Ave N", "Floor 19", "ATTN: Shopper"}) address.add_lines(line);
  address.set_city("Seattle");
  address.set_district("Fremont");
  address.set_region("WA");
  address.set_postal_code("98103");
  address.set_country_code("US");
  address.set_phone("123-456-7890");
  pb::OutboundLine& line = *order.add_lines();
  line.set_line_id("L1");
  line.set_sku(sku);
  line.set_quantity(1);
  line.set_gift_message("Happy Birthday!");
  line.mutable_declared_value()->set_currency_code("USD");
  line.mutable_declared_value()->set_units(3);
  return order;
}

class SandboxOutbound : public SandboxReplay {
 protected:
  void Use(const char* version, const char* model) {
    model_ = model;
    (*config_.mutable_options())["outbound_api"] = version;
  }
  // The model's example of an operation.
  SandboxCase Example(const std::string& operation, int status = 200) const {
    for (SandboxCase& c : ReadExamples(models_, model_)) {
      if (c.operation == operation && c.status == status) return std::move(c);
    }
    throw std::runtime_error(std::string(model_) + " has no example of " + operation);
  }
  // An answer that the model describes and shows no example of.
  static SandboxCase Answer(int status, const char* body) {
    SandboxCase c;
    c.status = status;
    c.response = json::parse(body);
    return c;
  }
  // What was asked of the case is as the model wants it.
  void ExpectAsked(const SandboxCase& c, const char* operation, const char* method, const std::string& path) {
    ASSERT_TRUE(transport_.asked().has_value());
    EXPECT_EQ(transport_.asked()->method, method);
    EXPECT_THAT(transport_.asked()->url, HasSubstr(path));
    if (!transport_.asked()->body.empty()) {
      EXPECT_THAT(BodyProblems(models_, model_, operation, transport_.asked()->body), IsEmpty()) << c.operation;
    }
  }
  pb::QuoteOutboundReply Quote(const SandboxCase& c, const std::string& sku) {
    pb::QuoteOutboundRequest request;
    *request.mutable_order() = FullOrder(sku);
    const auto reply = Call<pb::QuoteOutboundReply>(c, kFulfilment, "quote", request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : pb::QuoteOutboundReply();
  }
  pb::Outcome Submit(const SandboxCase& c) {
    pb::SubmitOutboundRequest request;
    pb::OutboundIntent& intent = *request.add_intents();
    intent.set_intent_id("7");
    *intent.mutable_order() = FullOrder("someSku");
    const auto reply = Call<pb::SubmitOutboundReply>(c, kFulfilment, "submit", request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() && reply->outcomes_size() == 1 ? reply->outcomes(0) : pb::Outcome();
  }
  pb::Outcome Cancel(const SandboxCase& c) {
    pb::CancelOutboundRequest request;
    pb::CancelOutboundIntent& intent = *request.add_intents();
    intent.set_intent_id("7");
    intent.set_outbound_id("QS-7");
    const auto reply = Call<pb::CancelOutboundReply>(c, kFulfilment, "cancel", request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() && reply->outcomes_size() == 1 ? reply->outcomes(0) : pb::Outcome();
  }
  pb::OutboundState StateOf(const SandboxCase& c, const std::string& id) {
    pb::ReconcileOutboundRequest request;
    request.add_outbound_ids(id);
    const auto reply = Call<pb::ReconcileOutboundReply>(c, kFulfilment, "reconcile", request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() && reply->states_size() == 1 ? reply->states(0) : pb::OutboundState();
  }
  std::vector<pb::OutboundState> Updates(const SandboxCase& c) {
    pb::PullOutboundUpdatesRequest request;
    request.set_changed_from_us(kNow - kDayUs);
    const auto reply = Call<pb::PullOutboundUpdatesReply>(c, kFulfilment, "pull_updates", request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    if (!reply.ok()) return {};
    EXPECT_EQ(reply->bad_records_size(), 0);
    EXPECT_FALSE(reply->has_more());
    return {reply->states().begin(), reply->states().end()};
  }

  const char* model_ = kModel2020;
};

TEST_P(SandboxOutbound, Version2020_ReadsItsExamples_AndAsksAsItsModelSays) {
  Use("2020-07-01", kModel2020);
  const SandboxCase preview = Example("getFulfillmentPreview");
  const auto quoted = Quote(preview, "PSMM-TEST-SKU-Jan-21_19_39_23-0788");
  ExpectAsked(preview, "getFulfillmentPreview", "POST", std::string(kOrders2020) + "/preview");
  ASSERT_EQ(quoted.quotes_size(), 1);
  EXPECT_EQ(quoted.quotes(0).speed(), pb::SHIPPING_SPEED_STANDARD);
  EXPECT_TRUE(quoted.quotes(0).fulfillable());
  ASSERT_EQ(quoted.quotes(0).fees_size(), 1);
  EXPECT_EQ(quoted.quotes(0).fees(0).amount().units(), 19);
  EXPECT_EQ(quoted.quotes(0).fees(0).amount().nanos(), 710'000'000);

  const SandboxCase created = Answer(200, "{}");
  EXPECT_TRUE(Submit(created).has_done());
  ExpectAsked(created, "createFulfillmentOrder", "POST", kOrders2020);
  EXPECT_TRUE(Cancel(created).has_done());
  ExpectAsked(created, "cancelFulfillmentOrder", "PUT", std::string(kOrders2020) + "/QS-7/cancel");

  const SandboxCase shown = Example("getFulfillmentOrder");
  const auto state = StateOf(shown, "FBATestOrder-1");
  ExpectAsked(shown, "getFulfillmentOrder", "GET", std::string(kOrders2020) + "/FBATestOrder-1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PROCESSING) << "the example spells it " << state.raw_status();
  EXPECT_FALSE(state.cancellable());
  EXPECT_GT(state.ship_by_us(), 0);
  ASSERT_EQ(state.shipments_size(), 1);
  EXPECT_EQ(state.shipments(0).status(), pb::OutboundShipment::STATUS_PENDING);
  ASSERT_EQ(state.shipments(0).packages_size(), 1);
  EXPECT_EQ(state.shipments(0).packages(0).lines_size(), 2);
}

TEST_P(SandboxOutbound, Version2020_ReadsEveryOrderOfItsListsExample) {
  Use("2020-07-01", kModel2020);
  const SandboxCase listed = Example("listAllFulfillmentOrders");
  // The list comes without shipments: each order is read by its id.
  json::value order = Example("getFulfillmentOrder").response;
  for (const json::value& each : listed.response.at("payload").at("fulfillmentOrders").as_array()) {
    const std::string id(each.at("sellerFulfillmentOrderId").as_string());
    json::object& head = order.at("payload").at("fulfillmentOrder").as_object();
    head["sellerFulfillmentOrderId"] = id;
    head["fulfillmentOrderStatus"] = each.at("fulfillmentOrderStatus");
    transport_.Beside("GET", std::string(kOrders2020) + "/" + id, 200, json::serialize(order));
  }
  const auto states = Updates(listed);
  ExpectAsked(listed, "listAllFulfillmentOrders", "GET", std::string(kOrders2020) + "?queryStartDate=");
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].status(), pb::OUTBOUND_STATUS_RECEIVED);
  EXPECT_EQ(states[1].status(), pb::OUTBOUND_STATUS_COMPLETE);
}

TEST_P(SandboxOutbound, Version2026_ReadsItsExamples_AndAsksAsItsModelSays) {
  Use("2026-07-04", kModel2026);
  const SandboxCase preview = Example("getOrderPreview");
  const auto quoted = Quote(preview, "someSku");
  ExpectAsked(preview, "getOrderPreview", "POST", "/fulfillment/outbound/2026-07-04/previews");
  ASSERT_EQ(quoted.quotes_size(), 1);
  EXPECT_EQ(quoted.quotes(0).speed(), pb::SHIPPING_SPEED_STANDARD);
  EXPECT_TRUE(quoted.quotes(0).fulfillable()) << "the unit is planned, whatever the constraint speaks of";
  ASSERT_EQ(quoted.quotes(0).fees_size(), 1);
  EXPECT_EQ(quoted.quotes(0).fees(0).amount().units(), 4);
  EXPECT_GT(quoted.quotes(0).latest_ship_us(), quoted.quotes(0).earliest_ship_us());

  const SandboxCase created = Example("createOrder");
  EXPECT_TRUE(Submit(created).has_done());
  ExpectAsked(created, "createOrder", "POST", kOrders2026);
  EXPECT_TRUE(Submit(Example("createOrder", 202)).has_accepted());
  const SandboxCase cancelled = Example("cancelOrder", 202);
  EXPECT_TRUE(Cancel(cancelled).has_accepted());
  ExpectAsked(cancelled, "cancelOrder", "PUT", std::string(kOrders2026) + "/QS-7/cancel");

  const SandboxCase shown = Example("getOrder");
  const auto state = StateOf(shown, "ABC123XYZ");
  ExpectAsked(shown, "getOrder", "GET", std::string(kOrders2026) + "/ABC123XYZ?shipments=INCLUDE");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PROCESSING);
  EXPECT_EQ(state.short_lines_size(), 0) << "none of it is 0.0 units";
  ASSERT_EQ(state.shipments_size(), 1);
  EXPECT_EQ(state.shipments(0).status(), pb::OutboundShipment::STATUS_SHIPPED);
  ASSERT_EQ(state.shipments(0).packages_size(), 1);
  const pb::OutboundPackage& package = state.shipments(0).packages(0);
  EXPECT_EQ(package.package_id(), "PKG-abc123def456");
  EXPECT_EQ(package.carrier_code(), "FEDEX");
  EXPECT_EQ(package.tracking_number(), "123456789");
  ASSERT_EQ(package.lines_size(), 1);
  EXPECT_EQ(package.lines(0).line_id(), "LI789012");
  EXPECT_EQ(package.lines(0).quantity(), 1);
}

TEST_P(SandboxOutbound, Version2026_ReadsEveryOrderOfItsListsExample) {
  Use("2026-07-04", kModel2026);
  SandboxCase listed = Example("listOrders");
  listed.response.as_object().erase("pagination");  // it names a page that is not shown
  const auto states = Updates(listed);
  ExpectAsked(listed, "listOrders", "GET", std::string(kOrders2026) + "?");
  EXPECT_THAT(transport_.asked()->url, HasSubstr("shipments=INCLUDE"));
  EXPECT_EQ(states.size(), listed.response.at("orders").as_array().size());
  ASSERT_GE(states.size(), 2u);
  EXPECT_EQ(states[0].outbound_id(), "ABC123XYZ");
  EXPECT_EQ(states[0].status(), pb::OUTBOUND_STATUS_PLANNING) << "it is processed, and no shipment is shown";
  EXPECT_EQ(states[1].status(), pb::OUTBOUND_STATUS_COMPLETE);
}

TEST_P(SandboxOutbound, BothVersions_TellWhatIsRefusedInAmazonsWords) {
  constexpr char kNotFound[] = R"({"errors": [{"code": "NotFound", "message": "no such order"}]})";
  const SandboxCase refused = Answer(
      400, R"({"errors": [{"code": "InvalidInput", "message": "The SKU is not in the network.", "details": ""}]})");
  for (const char* version : {"2020-07-01", "2026-07-04"}) {
    SCOPED_TRACE(version);
    Use(version, kModel2020);
    // What is refused is looked for, in either version.
    transport_.Forget();
    for (const char* orders : {kOrders2020, kOrders2026})
      transport_.Beside("GET", std::string(orders) + "/QS-7", 404, kNotFound);
    const pb::Outcome outcome = Submit(refused);
    EXPECT_EQ(outcome.rejected().reason(), "REQUEST_REFUSED") << outcome.ShortDebugString();
    EXPECT_THAT(outcome.rejected().message(), HasSubstr("The SKU is not in the network."));
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, SandboxOutbound, InBothModes(), ModeName);

}  // namespace
}  // namespace quayside
