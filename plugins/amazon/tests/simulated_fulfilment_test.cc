// The warehouse's stock, orders shipped from it, cancellations and refunds, against the simulated Amazon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "fba_stock.h"
#include "outbound_calls.h"
#include "post_sale.h"
#include "server_clock.h"
#include "simulated_amazon.h"

namespace quayside::amazon {
namespace {

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kHourUs = 3600 * kSecondUs;

class SimulatedTest : public ::testing::Test {
 protected:
  sdk::testing::FakeHost host_;
  SimulatedAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  pb::Cursor cursor_;
};

class SimulatedStockTest : public SimulatedTest {
 protected:
  pb::PullStockReply Pull(bool want_pass = false, const std::vector<std::string>& skus = {}) {
    pb::PullStockRequest request;
    *request.mutable_cursor() = cursor_;
    request.set_stock_pool("uk");
    request.set_marketplace(kUk);
    request.set_page_size(1'000);
    request.set_want_pass(want_pass);
    for (const std::string& sku : skus) request.add_skus(sku);
    auto reply = PullStock(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok()) return {};
    cursor_ = reply.value().next_cursor();
    return std::move(reply.value());
  }
};

TEST_F(SimulatedStockTest, APassReadsEveryPage_AndADeltaOnlyWhatChanged) {
  for (int i = 0; i < 120; ++i) {
    const std::string sku = "S" + std::to_string(i);
    amazon_.Control("set-listing", R"({"fba": true, "fba_stock": {"uk": 3, "eu": 7}, "sku": ")" + sku + "\"}");
  }
  amazon_.Wait(kHourUs);  // a delta reads the last minutes before its pass once more
  const auto pass = Pull();
  EXPECT_TRUE(pass.pass_complete());
  EXPECT_EQ(pass.stock_size(), 121);
  for (const pb::CentreStock& stock : pass.stock()) EXPECT_EQ(stock.fulfillable(), stock.sku() == "CUP" ? 10 : 3);
  amazon_.Wait(kHourUs);
  amazon_.Control("receive-fba-stock", R"({"sku": "S7", "quantity": 2})");
  amazon_.Control("set-fba-stock", R"({"sku": "S8", "inbound_shipped": 2})");
  const auto delta = Pull();
  ASSERT_EQ(delta.stock_size(), 1);
  EXPECT_EQ(delta.stock(0).sku(), "S7");
  EXPECT_EQ(delta.stock(0).fulfillable(), 5);
}

TEST_F(SimulatedStockTest, AVanishedSku_IsAbsent_AndOneTheListForgetsIsNot) {
  amazon_.Control("set-fba-stock", R"({"sku": "MUG", "fulfillable": 4})");
  Pull();
  amazon_.Control("set-fba-stock", R"({"sku": "MUG", "listed": false})");
  amazon_.Control("remove-fba-stock", R"({"sku": "CUP"})");
  EXPECT_EQ(Pull(/*want_pass=*/true).stock_size(), 0);
  std::map<std::string, bool> absent;
  const auto checked = Pull(false, {"MUG", "CUP"});
  for (const pb::CentreStock& stock : checked.stock()) absent[stock.sku()] = stock.absent();
  EXPECT_FALSE(absent.at("MUG"));
  EXPECT_TRUE(absent.at("CUP"));
}

class SimulatedOutboundTest : public SimulatedTest, public ::testing::WithParamInterface<const char*> {
 protected:
  SimulatedOutboundTest() { settings_.outbound_api = GetParam(); }
  [[nodiscard]] bool IsNew() const { return settings_.outbound_api == kOutbound2026; }

  pb::OutboundOrder Order(const std::string& id, int quantity = 2) const {
    return OrderForYork(id, "CUP", quantity, host_.now());
  }
  pb::Outcome Submit(const pb::OutboundOrder& order) { return SubmitOne(settings_, clock_, order, host_.step()); }
  pb::Outcome Cancel(const std::string& id) { return CancelOne(settings_, clock_, id, host_.step()); }
  // The last state told of each order that changed.
  std::map<std::string, pb::OutboundState> Updates() {
    std::map<std::string, pb::OutboundState> states;
    for (bool more = true; more;) {
      pb::PullOutboundUpdatesRequest request;
      *request.mutable_cursor() = cursor_;
      auto reply = PullOutboundUpdates(settings_, clock_, request, host_.step());
      EXPECT_TRUE(reply.ok()) << reply.error().message;
      if (!reply.ok()) break;
      EXPECT_EQ(reply.value().bad_records_size(), 0);
      for (const pb::OutboundState& state : reply.value().states()) states[state.outbound_id()] = state;
      cursor_ = reply.value().next_cursor();
      more = reply.value().has_more();
    }
    return states;
  }
  pb::OutboundState StateOf(const std::string& id) {
    pb::ReconcileOutboundRequest request;
    request.add_outbound_ids(id);
    auto reply = ReconcileOutbound(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() && reply.value().states_size() == 1 ? reply.value().states(0) : pb::OutboundState();
  }
  int64_t Units() {
    const auto stock = amazon_.Look("ledger?section=fba_stock&sku=CUP").at("fba_stock").at(0);
    return stock.at("fulfillable").to_number<int64_t>() + stock.at("reserved_orders").to_number<int64_t>();
  }
};

TEST_P(SimulatedOutboundTest, AnOrder_IsQuotedSentOnceAndToldOfUntilItLeft) {
  pb::QuoteOutboundRequest quote;
  *quote.mutable_order() = Order("Q1");
  const auto quoted = QuoteOutbound(settings_, clock_, quote, host_.step());
  ASSERT_TRUE(quoted.ok()) << quoted.error().message;
  ASSERT_GE(quoted.value().quotes_size(), 2);
  EXPECT_TRUE(quoted.value().quotes(0).fulfillable());
  EXPECT_GT(quoted.value().quotes(0).latest_ship_us(), host_.now());
  EXPECT_EQ(quoted.value().quotes(0).fees_size(), 2);

  EXPECT_EQ(Submit(Order("Q1")).done().reference(), "Q1");
  EXPECT_EQ(Submit(Order("Q1")).done().reference(), "Q1") << "a second time it is there already";
  EXPECT_EQ(Updates().at("Q1").status(), pb::OUTBOUND_STATUS_RECEIVED);
  amazon_.Wait(kHourUs);
  const auto state = Updates().at("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_COMPLETE);
  ASSERT_EQ(state.shipments_size(), 1);
  ASSERT_EQ(state.shipments(0).packages_size(), 1);
  EXPECT_FALSE(state.shipments(0).packages(0).tracking_number().empty());
  EXPECT_EQ(state.shipments(0).packages(0).lines(0).quantity(), 2);
  EXPECT_EQ(Units(), 8) << "the units left once";
}

TEST_P(SimulatedOutboundTest, Cancelling_WorksWhileTheOrderIsPlanned) {
  Submit(Order("Q1"));
  const pb::Outcome cancelled = Cancel("Q1");
  EXPECT_TRUE(IsNew() ? cancelled.has_accepted() : cancelled.has_done());
  amazon_.Wait(kHourUs);
  EXPECT_EQ(Updates().at("Q1").status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_TRUE(Cancel("Q1").has_done());
  Submit(Order("Q2"));
  amazon_.Wait(100 * kSecondUs);
  EXPECT_EQ(Cancel("Q2").rejected().reason(), "NOT_CANCELLABLE");
  EXPECT_EQ(Cancel("Q3").rejected().reason(), "OUTBOUND_NOT_FOUND");
  EXPECT_EQ(Units(), 10);
}

TEST_P(SimulatedOutboundTest, AShipmentTheWarehouseCancels_IsNoCancelledOrder) {
  Submit(Order("Q1"));
  amazon_.Wait(100 * kSecondUs);
  amazon_.Control("cancel-shipments", R"({"order_id": "Q1"})");
  const auto state = Updates().at("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PROCESSING);
  ASSERT_EQ(state.shipments_size(), 1);
  EXPECT_EQ(state.shipments(0).status(), pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE);
  EXPECT_FALSE(state.cancellable());
  amazon_.Wait(kHourUs);
  EXPECT_EQ(Updates().at("Q1").status(), pb::OUTBOUND_STATUS_COMPLETE);
}

TEST_P(SimulatedOutboundTest, WhatCannotBeSent_IsToldByLine) {
  Submit(Order("Q1", 11));
  amazon_.Wait(kHourUs);
  const auto state = Updates().at("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_UNFULFILLABLE);
  ASSERT_EQ(state.short_lines_size(), 1);
  EXPECT_EQ(state.short_lines(0).unfulfillable(), 11);
  auto unknown = Order("Q2");
  unknown.mutable_lines(0)->set_sku("NONE");
  EXPECT_TRUE(Submit(unknown).has_rejected());
}

TEST_P(SimulatedOutboundTest, Updates_ReadEveryPage) {
  for (const char* id : {"Q1", "Q2", "Q3", "Q4", "Q5"}) Submit(Order(id, 1));
  EXPECT_EQ(Updates().size(), 5u);
  amazon_.Wait(kHourUs);
  EXPECT_EQ(Updates().size(), 5u);
  amazon_.Wait(kHourUs);
  EXPECT_TRUE(Updates().empty());
}

TEST_P(SimulatedOutboundTest, AnOrderThatSits_IsPlanned_AndCanBeTakenBack) {
  Submit(Order("Q1"));
  amazon_.Control("set-outbound", R"({"order_id": "Q1", "stuck": true})");
  amazon_.Wait(72 * kHourUs);
  const auto state = StateOf("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PLANNING) << state.raw_status();
  EXPECT_TRUE(state.shipments().empty());
  EXPECT_TRUE(state.cancellable());
  const pb::Outcome cancelled = Cancel("Q1");
  EXPECT_TRUE(IsNew() ? cancelled.has_accepted() : cancelled.has_done());
  amazon_.Wait(kHourUs);
  EXPECT_EQ(StateOf("Q1").status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_EQ(Units(), 10);
}

TEST_P(SimulatedOutboundTest, AnOrderWithAShipment_IsProcessed_AndNotTakenBack) {
  Submit(Order("Q1"));
  amazon_.Wait(100 * kSecondUs);
  const auto state = Updates().at("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PROCESSING);
  ASSERT_EQ(state.shipments_size(), 1);
  EXPECT_EQ(state.shipments(0).status(), pb::OutboundShipment::STATUS_PENDING);
  EXPECT_GT(state.ship_by_us(), host_.now());
  EXPECT_FALSE(state.cancellable());
}

TEST_P(SimulatedOutboundTest, AnOrderTheWarehouseGivesUpHalfway_TellsWhatLeftAndWhatDoesNot) {
  amazon_.Control("settings", R"({"outbound": {"split_share": 1, "ship_s": [600, 60000]}})");
  Submit(Order("Q1", 4));
  pb::OutboundState state;
  const auto left = [&] {
    int shipped = 0;
    for (const pb::OutboundShipment& each : state.shipments())
      shipped += each.status() == pb::OutboundShipment::STATUS_SHIPPED ? 1 : 0;
    return shipped;
  };
  for (int minute = 0; minute < 1'100 && left() == 0; ++minute) {
    amazon_.Wait(60 * kSecondUs);
    state = StateOf("Q1");
  }
  ASSERT_EQ(left(), 1);
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_PROCESSING);
  amazon_.Control("cancel-shipments", R"({"order_id": "Q1", "replan": false})");
  state = StateOf("Q1");
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_COMPLETE_PARTLY);
  ASSERT_EQ(state.short_lines_size(), 1);
  EXPECT_EQ(state.short_lines(0).unfulfillable(), 2);
  EXPECT_EQ(left(), 1);
}

TEST_P(SimulatedOutboundTest, AnOrderThatTurnsOutInvalid_AndOneAmazonCancels) {
  Submit(Order("Q1"));
  Submit(Order("Q2"));
  amazon_.Wait(30 * kSecondUs);
  amazon_.Control("set-outbound", R"({"order_id": "Q1", "status": "Invalid"})");
  amazon_.Control("set-outbound", R"({"order_id": "Q2", "status": "Cancelled"})");
  const auto states = Updates();
  EXPECT_EQ(states.at("Q1").status(), pb::OUTBOUND_STATUS_INVALID);
  EXPECT_EQ(states.at("Q2").status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_EQ(states.at("Q2").short_lines(0).cancelled(), 2);
  EXPECT_EQ(Units(), 10);
}

TEST_P(SimulatedOutboundTest, TheFastestSpeed_IsTaken_WhetherOrNotAmazonOffersIt) {
  auto order = Order("Q1");
  order.set_speed(pb::SHIPPING_SPEED_PRIORITY);
  EXPECT_TRUE(Submit(order).has_done());
  const auto there = amazon_.Look("ledger?section=outbound").at("outbound").at(0);
  EXPECT_EQ(there.at("speed"), IsNew() ? "Expedited" : "Priority");
}

INSTANTIATE_TEST_SUITE_P(Versions, SimulatedOutboundTest, ::testing::Values(kOutbound2020, kOutbound2026),
                         [](const auto& info) { return std::string(info.param).substr(0, 4); });

class SimulatedPostSaleTest : public SimulatedTest {
 protected:
  SimulatedPostSaleTest() {
    const auto placed =
        amazon_.Control("place-orders", R"({"lines": [{"sku": "MUG", "quantity": 3}], "marketplace": "UK"})");
    order_ = placed.at("placed").at(0).at("order_id").as_string();
    line_ = TrueOrder().at("lines").at(0).at("order_item_id").as_string();
  }
  boost::json::value TrueOrder() { return amazon_.Look("orders?order_id=" + order_).at("orders").at(0); }
  pb::CancelIntent Cancellation(int quantity, bool whole) const {
    pb::CancelIntent intent;
    intent.set_intent_id("c" + std::to_string(quantity));
    intent.set_order_external_id(order_);
    intent.set_marketplace(kUk);
    intent.set_reason(pb::CANCEL_REASON_BUYER_CANCELLED);
    intent.set_whole_order(whole);
    intent.add_lines()->set_external_line_id(line_);
    intent.mutable_lines(0)->set_quantity(quantity);
    return intent;
  }
  // Hands it over, lets Amazon work, and asks what came of it.
  pb::Outcome Settle(const pb::CancelIntent& intent) {
    pb::CancelOrdersRequest request;
    *request.add_intents() = intent;
    auto reply = CancelOrders(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    if (!reply.ok() || !reply.value().outcomes(0).has_accepted()) return {};
    pb::PollPostSaleRequest poll;
    poll.add_accepted()->set_handle(reply.value().outcomes(0).accepted().handle());
    poll.mutable_accepted(0)->set_sent_us(host_.now());
    *poll.mutable_accepted(0)->add_cancels() = intent;
    amazon_.Wait(600 * kSecondUs);
    auto polled = PollPostSale(settings_, clock_, poll, host_.step());
    EXPECT_TRUE(polled.ok()) << polled.error().message;
    return polled.ok() && polled.value().outcomes_size() == 1 ? polled.value().outcomes(0) : pb::Outcome();
  }

  std::string order_;
  std::string line_;
};

TEST_F(SimulatedPostSaleTest, AWholeOrderIsCancelled_AndASecondTimeRefused) {
  EXPECT_TRUE(Settle(Cancellation(3, true)).has_done());
  EXPECT_EQ(TrueOrder().at("status").as_string(), "CANCELLED");
  EXPECT_EQ(Settle(Cancellation(3, true)).rejected().reason(), "REFUSED_BY_MARKETPLACE");
}

TEST_F(SimulatedPostSaleTest, SingleUnitsAreCancelled) {
  EXPECT_TRUE(Settle(Cancellation(2, false)).has_done());
  EXPECT_EQ(TrueOrder().at("lines").at(0).at("cancelled").to_number<int>(), 2);
  EXPECT_TRUE(Settle(Cancellation(2, false)).has_rejected()) << "only one is left";
}

}  // namespace
}  // namespace quayside::amazon
