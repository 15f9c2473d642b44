// Orders of other channels that Amazon's warehouse ships, through both versions of Fulfillment Outbound.
#include "outbound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "fake_amazon.h"
#include "outbound_json.h"
#include "outbound_world.h"

namespace quayside::amazon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string VersionName(const std::string& version) { return version.substr(0, 4); }

class OutboundTest : public OutboundWorld, public ::testing::WithParamInterface<const char*> {
 protected:
  OutboundTest() : OutboundWorld(GetParam()) {}
};

TEST_P(OutboundTest, AnOrder_IsQuotedSubmittedAndDespatchedShipmentByShipment) {
  pb::QuoteOutboundRequest quote;
  *quote.mutable_order() = Order("Q1");
  auto quoted = QuoteOutbound(settings_, clock_, quote, host_.step());
  ASSERT_TRUE(quoted.ok()) << quoted.error().message;
  ASSERT_EQ(quoted.value().quotes_size(), 1);
  EXPECT_TRUE(quoted.value().quotes(0).fulfillable());
  EXPECT_EQ(quoted.value().quotes(0).speed(), pb::SHIPPING_SPEED_STANDARD);
  EXPECT_EQ(quoted.value().quotes(0).fees(0).amount().nanos(), 300'000'000);
  EXPECT_EQ(quoted.value().quotes(0).latest_ship_us(), (host_.now() + 2 * kDay) / kSecond * kSecond);

  EXPECT_EQ(Submit(Order("Q1")).done().reference(), "Q1");
  EXPECT_EQ(amazon_.warehouse.orders.at("Q1").speed, IsNew() ? "EXPEDITED" : "Expedited");
  ASSERT_EQ(Updates().size(), 1u);
  amazon_.warehouse.Ship("Q1", "AMZL_UK", "TBA123");
  host_.SetNow(host_.now() + kHour);
  const auto states = Updates();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(states[0].outbound_id(), "Q1");
  EXPECT_EQ(states[0].status(), pb::OUTBOUND_STATUS_COMPLETE);
  EXPECT_FALSE(states[0].cancellable());
  ASSERT_EQ(states[0].shipments_size(), 1);
  EXPECT_EQ(states[0].shipments(0).status(), pb::OutboundShipment::STATUS_SHIPPED);
  ASSERT_EQ(states[0].shipments(0).packages_size(), 1);
  const pb::OutboundPackage& package = states[0].shipments(0).packages(0);
  EXPECT_EQ(package.carrier_code(), "AMZL_UK");
  EXPECT_EQ(package.tracking_number(), "TBA123");
  EXPECT_EQ(package.lines(0).line_id(), "1");
  EXPECT_EQ(package.lines(0).quantity(), 2);
}

TEST_P(OutboundTest, TheSameIdAgain_NeverMakesASecondOrder) {
  Submit(Order("Q1"));
  EXPECT_EQ(Submit(Order("Q1")).done().reference(), "Q1");
  EXPECT_EQ(amazon_.warehouse.orders.size(), 1u);
}

TEST_P(OutboundTest, HalfAnAnswer_IsUnknown) {
  amazon_.InjectReply(sdk::testing::Json(200, "{"));
  EXPECT_TRUE(Submit(Order("Q1")).has_unknown());
  Submit(Order("Q1"));
  amazon_.InjectReply(sdk::testing::Json(200, "<html>"));
  EXPECT_TRUE(Cancel("Q1").has_unknown());
}

TEST_P(OutboundTest, WhatIsRefusedAndCannotBeLookedAt_IsUnknown) {
  Submit(Order("Q1"));
  const auto lose_the_look = [&] {
    amazon_.Inject([&](const pb::HttpRequest& request) { return amazon_.Answer(request); });
    amazon_.before_answer = [&](const pb::HttpRequest&) {
      amazon_.before_answer = nullptr;
      amazon_.InjectReply(ErrorReply(429, "QuotaExceeded", "slow down"));
    };
  };
  lose_the_look();
  EXPECT_TRUE(Submit(Order("Q1")).has_unknown());
  amazon_.warehouse.orders.at("Q1").status = "Processing";
  lose_the_look();
  EXPECT_TRUE(Cancel("Q1").has_unknown());
}

TEST_P(OutboundTest, NonsenseIsRejectedUnsent) {
  auto order = Order("Q 1");
  EXPECT_EQ(Submit(order).rejected().reason(), "OUTBOUND_ID_INVALID");
  order = Order("Q1");
  order.mutable_ship_to()->clear_postal_code();
  EXPECT_THAT(Submit(order).rejected().message(), HasSubstr("a postal code"));
  order = Order("Q1");
  order.mutable_lines(0)->mutable_declared_value()->set_currency_code("EUR");
  EXPECT_EQ(Submit(order).rejected().reason(), "CURRENCY_MISMATCH");
  order = Order("Q1");
  order.mutable_lines(0)->set_quantity(251);
  EXPECT_EQ(Submit(order).rejected().reason(), "LINES_INVALID");
  EXPECT_TRUE(host_.requests().empty());
}

TEST_P(OutboundTest, Cancelling_HasAWindow) {
  Submit(Order("Q1"));
  const pb::Outcome cancelled = Cancel("Q1");
  EXPECT_TRUE(IsNew() ? cancelled.has_accepted() : cancelled.has_done());
  // Again: it is cancelled.
  EXPECT_TRUE(Cancel("Q1").has_done());
  Submit(Order("Q2"));
  amazon_.warehouse.orders.at("Q2").status = "Processing";
  EXPECT_EQ(Cancel("Q2").rejected().reason(), "NOT_CANCELLABLE");
  EXPECT_EQ(Cancel("Q3").rejected().reason(), "OUTBOUND_NOT_FOUND");
  const auto state = Reconcile("Q1", 0).states(0);
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_EQ(state.short_lines(0).cancelled(), 2);
}

TEST_P(OutboundTest, ALostAnswer_IsSettledByReading) {
  amazon_.Inject([&](const pb::HttpRequest& request) -> sdk::Result<pb::HttpReply> {
    (void)amazon_.Answer(request);
    return sdk::Error{QS_UNKNOWN, "HTTP_TIMEOUT", "no answer", {}};
  });
  EXPECT_TRUE(Submit(Order("Q1")).has_unknown());
  EXPECT_EQ(Reconcile("Q1", host_.now()).states_size(), 1);
  // One that never arrived: absent only once it would surely show.
  const auto early = Reconcile("Q2", host_.now());
  EXPECT_EQ(early.not_found_size(), 0);
  EXPECT_GT(early.ask_again_us(), host_.now());
  EXPECT_EQ(Reconcile("Q2", host_.now() - kHour).not_found(0), "Q2");
}

TEST_P(OutboundTest, Updates_AreReadPageByPageWithoutLosingOne) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) Submit(Order(id));
  std::set<std::string> seen;
  for (const pb::OutboundState& state : Updates()) seen.insert(state.outbound_id());
  EXPECT_EQ(seen.size(), 5u);
  // Amazon shows changes late, so the end of what was read is read once more; then there is nothing new.
  host_.SetNow(host_.now() + kHour);
  EXPECT_EQ(Updates().size(), 5u);
  host_.SetNow(host_.now() + kHour);
  EXPECT_TRUE(Updates().empty());
}

TEST_P(OutboundTest, WhatCannotBeShipped_IsSaidInWords) {
  amazon_.warehouse.stock["FBA-1"] = {0, 0};
  pb::QuoteOutboundRequest quote;
  *quote.mutable_order() = Order("Q1");
  auto quoted = QuoteOutbound(settings_, clock_, quote, host_.step());
  ASSERT_TRUE(quoted.ok());
  ASSERT_EQ(quoted.value().quotes_size(), 1);
  EXPECT_FALSE(quoted.value().quotes(0).fulfillable());
  EXPECT_FALSE(quoted.value().quotes(0).reasons().empty());
}

// Else the order would come back for good because of a gateway.
TEST_P(OutboundTest, AWebPageInsteadOfAQuote_RefusesNothing) {
  pb::QuoteOutboundRequest quote;
  *quote.mutable_order() = Order("Q1");
  amazon_.InjectReply(sdk::testing::Json(400, "<html>Bad Request</html>"));
  const auto quoted = QuoteOutbound(settings_, clock_, quote, host_.step());
  ASSERT_FALSE(quoted.ok());
  EXPECT_EQ(quoted.error().status, QS_RETRY);
  amazon_.InjectReply(ErrorReply(400, "InvalidInput", "address"));
  EXPECT_EQ(QuoteOutbound(settings_, clock_, quote, host_.step()).error().status, QS_INVALID);
}

TEST_P(OutboundTest, AnOrderThatIsTakenLater_IsAccepted) {
  settings_.outbound_api = kOutbound2026;  // only this version does
  amazon_.warehouse.takes_later = true;
  EXPECT_EQ(Submit(Order("Q1")).accepted().handle(), "Q1");
}

TEST_P(OutboundTest, AnOrderSentBeforeTheOptionWasChanged_IsReadAndCancelledWhereItIs) {
  amazon_.warehouse.versions_apart = true;
  Submit(Order("Q1"));
  settings_.outbound_api = IsNew() ? kOutbound2020 : kOutbound2026;
  EXPECT_EQ(Reconcile("Q1", host_.now() - kHour).states_size(), 1) << "it must not be sent again";
  const pb::Outcome cancelled = Cancel("Q1");
  EXPECT_TRUE(cancelled.has_done() || cancelled.has_accepted()) << cancelled.ShortDebugString();
  EXPECT_EQ(StateOf("Q1").status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_EQ(Reconcile("Q2", host_.now() - kHour).not_found(0), "Q2") << "neither has it";
}

TEST_P(OutboundTest, WhoMayNotAskTheOtherVersion_HasSentNothingThroughIt) {
  const auto look = [&](int status) {
    amazon_.before_answer = [this, status](const pb::HttpRequest&) {
      amazon_.before_answer = nullptr;
      amazon_.InjectReply(ErrorReply(status, "Unauthorized", "not yours"));
    };
    pb::ReconcileOutboundRequest request;
    request.add_outbound_ids("Q2");
    request.set_sent_until_us(host_.now() - kHour);
    return ReconcileOutbound(settings_, clock_, request, host_.step());
  };
  auto refused = look(403);
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_THAT(refused.value().not_found(), ElementsAre("Q2"));
  EXPECT_FALSE(look(503).ok()) << "nobody knows";
}

TEST_P(OutboundTest, Updates_GoOnFromTheirPosition_WhenTheOptionIsChangedBetweenPages) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) Submit(Order(id));
  pb::PullOutboundUpdatesRequest request;
  request.set_page_size(2);
  auto first = PullOutboundUpdates(settings_, clock_, request, host_.step());
  ASSERT_TRUE(first.ok()) << first.error().message;
  ASSERT_TRUE(first.value().has_more());
  cursor_ = first.value().next_cursor();
  settings_.outbound_api = IsNew() ? kOutbound2020 : kOutbound2026;
  std::set<std::string> seen;
  for (const pb::OutboundState& state : Updates()) seen.insert(state.outbound_id());
  EXPECT_EQ(seen.size(), 5u);
}

TEST_P(OutboundTest, EachStateOfAShipment) {
  Submit(Order("Q1"));
  amazon_.warehouse.orders.at("Q1").status = "Processing";
  for (const char* status : {"PENDING", "SHIPPED", "CANCELLED_BY_FULFILLER"})
    amazon_.warehouse.AddShipment("Q1", status);
  const auto state = StateOf("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PROCESSING);
  ASSERT_EQ(state.shipments_size(), 3);
  EXPECT_EQ(state.shipments(0).status(), pb::OutboundShipment::STATUS_PENDING);
  EXPECT_EQ(state.shipments(1).status(), pb::OutboundShipment::STATUS_SHIPPED);
  EXPECT_EQ(state.shipments(2).status(), pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE);
  EXPECT_GT(state.ship_by_us(), 0);
  Submit(Order("Q2"));
  amazon_.warehouse.orders.at("Q2").status = "Cancelled";
  amazon_.warehouse.AddShipment("Q2", "CANCELLED_BY_SELLER");
  EXPECT_EQ(StateOf("Q2").shipments(0).status(), pb::OutboundShipment::STATUS_CANCELLED_BY_MERCHANT);
}

TEST_P(OutboundTest, TheGiftMessage_GoesWithTheOrder) {
  auto order = Order("Q1");
  order.mutable_lines(0)->set_gift_message("Many happy returns");
  Quote(order);
  EXPECT_THAT(boost::json::serialize(Sent()), ::testing::Not(HasSubstr("Many happy returns")));
  Submit(order);
  const boost::json::value sent = Sent();
  const boost::json::value& item = sent.at(IsNew() ? "lineItems" : "items").at(0);
  EXPECT_EQ(IsNew() ? item.at_pointer(
                          "/fulfillmentConfiguration/services/packaging/packingSlip/templateAttributes/giftMessage")
                    : item.at("giftMessage"),
            "Many happy returns");
}

INSTANTIATE_TEST_SUITE_P(Versions, OutboundTest, ::testing::Values(kOutbound2020, kOutbound2026),
                         [](const auto& info) { return VersionName(info.param); });

struct StateCase {
  const char* word;  // of 2020-07-01
  pb::OutboundStatus older;
  pb::OutboundStatus later;
  bool cancellable;
};

class OutboundStateTest : public OutboundWorld,
                          public ::testing::WithParamInterface<std::tuple<const char*, StateCase>> {
 protected:
  OutboundStateTest() : OutboundWorld(std::get<0>(GetParam())) {}
};

TEST_P(OutboundStateTest, IsTold) {
  const StateCase& expected = std::get<1>(GetParam());
  Submit(Order("Q1"));
  amazon_.warehouse.orders.at("Q1").status = expected.word;
  if (std::string_view(expected.word) == "Processing") amazon_.warehouse.AddShipment("Q1", "PENDING");
  const auto state = StateOf("Q1");
  EXPECT_EQ(state.status(), IsNew() ? expected.later : expected.older) << state.raw_status();
  EXPECT_EQ(state.cancellable(), expected.cancellable);
  const bool is_short =
      state.status() == pb::OUTBOUND_STATUS_CANCELLED || state.status() == pb::OUTBOUND_STATUS_UNFULFILLABLE;
  ASSERT_EQ(state.short_lines_size(), is_short ? 1 : 0);
  if (is_short) {
    EXPECT_EQ(state.short_lines(0).cancelled() + state.short_lines(0).unfulfillable(), 2);
  }
}

// The later version tells no difference between what is received, planned and processed; what it has no shipment of is
// planned.
INSTANTIATE_TEST_SUITE_P(
    States, OutboundStateTest,
    ::testing::Combine(
        ::testing::Values(kOutbound2020, kOutbound2026),
        ::testing::Values(
            StateCase{"New", pb::OUTBOUND_STATUS_RECEIVED, pb::OUTBOUND_STATUS_RECEIVED, true},
            StateCase{"Received", pb::OUTBOUND_STATUS_RECEIVED, pb::OUTBOUND_STATUS_PLANNING, true},
            StateCase{"Planning", pb::OUTBOUND_STATUS_PLANNING, pb::OUTBOUND_STATUS_PLANNING, true},
            StateCase{"Processing", pb::OUTBOUND_STATUS_PROCESSING, pb::OUTBOUND_STATUS_PROCESSING, false},
            StateCase{"Complete", pb::OUTBOUND_STATUS_COMPLETE, pb::OUTBOUND_STATUS_COMPLETE, false},
            StateCase{"CompletePartialled", pb::OUTBOUND_STATUS_COMPLETE_PARTLY, pb::OUTBOUND_STATUS_COMPLETE_PARTLY,
                      false},
            StateCase{"Cancelled", pb::OUTBOUND_STATUS_CANCELLED, pb::OUTBOUND_STATUS_CANCELLED, false},
            StateCase{"Unfulfillable", pb::OUTBOUND_STATUS_UNFULFILLABLE, pb::OUTBOUND_STATUS_UNFULFILLABLE, false},
            StateCase{"Invalid", pb::OUTBOUND_STATUS_INVALID, pb::OUTBOUND_STATUS_INVALID, false},
            StateCase{"Teleported", pb::OUTBOUND_STATUS_UNKNOWN, pb::OUTBOUND_STATUS_UNKNOWN, false})),
    [](const auto& info) { return VersionName(std::get<0>(info.param)) + "_" + std::get<1>(info.param).word; });

class LaterOutboundTest : public OutboundWorld {
 protected:
  LaterOutboundTest() : OutboundWorld(kOutbound2026) {}
};

TEST_F(LaterOutboundTest, Priority_GoesAsExpedited_WhereAmazonDoesNotOfferIt) {
  auto order = Order("Q1");
  order.set_speed(pb::SHIPPING_SPEED_PRIORITY);
  Submit(order);
  EXPECT_EQ(amazon_.warehouse.orders.at("Q1").speed, "EXPEDITED");
  order.set_outbound_id("Q2");
  order.set_marketplace("A2EUQ1WTGCTBG2");
  order.mutable_lines(0)->clear_declared_value();
  Submit(order);
  EXPECT_EQ(amazon_.warehouse.orders.at("Q2").speed, "PRIORITY") << "in Canada it is";
}

TEST_F(LaterOutboundTest, AQuoteOfAPartOfTheOrder_IsNone) {
  amazon_.warehouse.stock["FBA-1"] = {1, 0};
  const auto quoted = Quote(Order("Q1"));
  ASSERT_EQ(quoted.quotes_size(), 2);
  for (const pb::OutboundQuote& quote : quoted.quotes()) {
    EXPECT_FALSE(quote.fulfillable());
    EXPECT_THAT(quote.reasons(), ElementsAre("ItemQuantityNotAvailable: There is not enough of it."));
    EXPECT_THAT(quote.unfulfillable_line_ids(), ElementsAre("1"));
  }
  EXPECT_EQ(quoted.quotes(1).speed(), pb::SHIPPING_SPEED_EXPEDITED) << "nor at the speed that is wanted";
}

TEST_F(LaterOutboundTest, ASpeedThatNotEveryShipmentIsOfferedAt_WillNotDo) {
  amazon_.InjectReply(sdk::testing::Json(200, R"({"plannedShipments": [
      {"items": [{"productIdentifier": {"amazonSku": "FBA-1"}, "amount": {"value": "1.0"}}],
       "offers": [{"fulfillmentConfiguration": {"serviceLevel": {"serviceTier": "STANDARD"}}},
                  {"fulfillmentConfiguration": {"serviceLevel": {"serviceTier": "EXPEDITED"}}}]},
      {"items": [{"productIdentifier": {"amazonSku": "FBA-1"}, "amount": {"value": "1.0"}}],
       "offers": [{"fulfillmentConfiguration": {"serviceLevel": {"serviceTier": "STANDARD"}}}]}]})"));
  const auto quoted = Quote(Order("Q1"));
  ASSERT_EQ(quoted.quotes_size(), 2);
  EXPECT_EQ(quoted.quotes(0).speed(), pb::SHIPPING_SPEED_STANDARD);
  EXPECT_TRUE(quoted.quotes(0).fulfillable());
  EXPECT_EQ(quoted.quotes(1).speed(), pb::SHIPPING_SPEED_EXPEDITED);
  EXPECT_FALSE(quoted.quotes(1).fulfillable());
  EXPECT_FALSE(quoted.quotes(1).reasons().empty());
}

TEST_F(LaterOutboundTest, ItemsAreInThePackageThatNamesThem) {
  amazon_.InjectReply(sdk::testing::Json(200, R"({"order": {"orderId": "Q1", "status": "PROCESSING", "lineItems": [],
      "shipments": [{"amazonShipmentId": "S1", "status": "SHIPPED", "shipTime": "2026-11-18T12:00:00Z",
          "items": [{"lineItemId": "1", "shipmentItemId": "A", "amount": {"value": "1.0"}},
                    {"lineItemId": "2", "shipmentItemId": "B", "amount": {"value": "2.0"}}],
          "packages": [{"packageId": "P1", "shipmentItemIds": ["A"], "tracking": {"amazon": {"trackingNumber": "T1"}}},
                       {"packageId": "P2", "shipmentItemIds": ["B"],
                        "tracking": {"carrier": {"carrierCode": "UPS", "trackingNumber": "T2"}}}]}]}})"));
  const auto state = StateOf("Q1");
  ASSERT_EQ(state.shipments_size(), 1);
  ASSERT_EQ(state.shipments(0).packages_size(), 2);
  const pb::OutboundPackage& first = state.shipments(0).packages(0);
  const pb::OutboundPackage& second = state.shipments(0).packages(1);
  EXPECT_EQ(first.tracking_number(), "T1") << "Amazon's own, where the carrier gave none";
  ASSERT_EQ(first.lines_size(), 1);
  EXPECT_EQ(first.lines(0).line_id(), "1");
  EXPECT_EQ(second.carrier_code(), "UPS");
  ASSERT_EQ(second.lines_size(), 1);
  EXPECT_EQ(second.lines(0).line_id(), "2");
  EXPECT_EQ(second.lines(0).quantity(), 2);
}

pb::Address AddressOf(const char* country, const std::vector<std::string>& lines, const char* company = "") {
  pb::Address address;
  address.set_name("Ada Byron");
  address.set_company(company);
  for (const std::string& line : lines) address.add_lines(line);
  address.set_city("York");
  address.set_postal_code("YO1 7HH");
  address.set_country_code(country);
  return address;
}

TEST(OutboundAddressTest, NoLineIsLost) {
  const auto written = AddressJson(AddressOf("GB", {"Flat 2", "1 High Street", "Clifton"}, "Analytical Engines Ltd"));
  EXPECT_EQ(written.at("addressLine1"), "Analytical Engines Ltd");
  EXPECT_EQ(written.at("addressLine2"), "Flat 2");
  EXPECT_EQ(written.at("addressLine3"), "1 High Street, Clifton");
  EXPECT_EQ(written.at("city"), "York");
}

TEST(OutboundAddressTest, InJapan_TheCityStandsBeforeTheStreet) {
  const auto written = AddressJson(AddressOf("JP", {"1-2-3 Marunouchi"}));
  EXPECT_EQ(written.at("addressLine1"), "York 1-2-3 Marunouchi");
  EXPECT_FALSE(written.contains("city")) << "Amazon refuses one";
}

}  // namespace
}  // namespace quayside::amazon
