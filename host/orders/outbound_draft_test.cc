// What a warehouse is told of an order, and what stands against telling it.
#include "host/orders/outbound_draft.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

OrderRecord KnownOrder() {
  return {.channel_id = "my-shop", .external_id = "302-1", .state = OrderState::kOpen, .document = "sealed"};
}

ChannelRecord WarehouseChannel() { return {.id = "uk", .account_id = "acc", .marketplace = "mp-uk", .enabled = true}; }

OutboundRecord ThreeMugs() { return {.id = 7, .parts = {{.external_id = "1", .sku = "MUG-FBA", .quantity = 3}}}; }

std::vector<OrderLineRecord> MugLines(int32_t cancelled, int32_t shipped = 0) {
  return {{.external_id = "1", .sku = "MUG", .quantity = 3, .shipped = shipped, .cancelled = cancelled}};
}

Hindrance HindranceOf(const OrderRecord& order, const std::optional<ChannelRecord>& owner) {
  return HindranceOf(ThreeMugs(), order, MugLines(0), owner);
}

TEST(OutboundDraftTest, LinesThatAreNotLeftAnyMore_AreNotShipped) {
  EXPECT_EQ(HindranceOf(ThreeMugs(), KnownOrder(), MugLines(1), WarehouseChannel()).reason, "ORDER_CHANGED");
  EXPECT_EQ(HindranceOf(ThreeMugs(), KnownOrder(), MugLines(0, 1), WarehouseChannel()).reason, "ORDER_CHANGED");
  EXPECT_EQ(HindranceOf(ThreeMugs(), KnownOrder(), {}, WarehouseChannel()).reason, "ORDER_CHANGED");
  OutboundRecord single_mugs = ThreeMugs();  // of three packs of two
  single_mugs.parts[0].quantity = 6;
  single_mugs.parts[0].units_each = 2;
  EXPECT_FALSE(HindranceOf(single_mugs, KnownOrder(), MugLines(0), WarehouseChannel()).any());
  // A line may come from several SKUs of the warehouse.
  OutboundRecord two_skus = ThreeMugs();
  two_skus.parts[0].quantity = 2;
  two_skus.parts.push_back({.external_id = "1", .sku = "MUG-FBA-2", .quantity = 1});
  EXPECT_FALSE(HindranceOf(two_skus, KnownOrder(), MugLines(0), WarehouseChannel()).any());
  EXPECT_EQ(HindranceOf(two_skus, KnownOrder(), MugLines(1), WarehouseChannel()).reason, "ORDER_CHANGED");
}

TEST(OutboundDraftTest, WhatStandsAgainstIt_IsNamed) {
  EXPECT_FALSE(HindranceOf(KnownOrder(), WarehouseChannel()).any());
  OrderRecord gone = KnownOrder();
  gone.state = OrderState::kCancelled;
  EXPECT_EQ(HindranceOf(gone, WarehouseChannel()).reason, "ORDER_NOT_OPEN");
  EXPECT_EQ(HindranceOf(KnownOrder(), std::nullopt).reason, "CHANNEL_DISABLED");
  ChannelRecord off = WarehouseChannel();
  off.enabled = false;
  EXPECT_EQ(HindranceOf(KnownOrder(), off).reason, "CHANNEL_DISABLED");
  OrderRecord erased = KnownOrder();
  erased.personal_erased = true;
  EXPECT_EQ(HindranceOf(erased, WarehouseChannel()).reason, "PERSONAL_DATA_ERASED");
}

class OutboundDraftOfTwoLinesTest : public ::testing::Test {
 protected:
  OutboundDraftOfTwoLinesTest() {
    document_.mutable_ship_to()->set_name("Ada");
    pb::OrderLine& line = *document_.add_lines();
    line.set_external_id("1");
    line.set_gift_message("Cheers");
    line.mutable_unit_price()->set_currency_code("GBP");
    line.mutable_unit_price()->set_units(12);
  }
  OutboundDraft Draft(const std::string& currency) {
    return DraftOutbound(outbound_, KnownOrder(), owner_, document_, currency);
  }

  // The second is of a line that the document does not have.
  const OutboundRecord outbound_{.id = 7,
                                 .parts = {{.external_id = "1", .sku = "MUG-FBA", .quantity = 3},
                                           {.external_id = "2", .sku = "CUP-FBA", .quantity = 1}}};
  ChannelRecord owner_ = WarehouseChannel();
  pb::Order document_;
};

TEST_F(OutboundDraftOfTwoLinesTest, ItSaysWhatToShip_AndWhereTo) {
  const OutboundDraft draft = Draft("GBP");
  EXPECT_FALSE(draft.hindrance.any());
  EXPECT_EQ(draft.order.marketplace(), "mp-uk");
  EXPECT_EQ(draft.order.display_id(), "302-1");
  EXPECT_EQ(draft.order.sales_channel(), "MY_SHOP");
  EXPECT_EQ(draft.order.ship_to().name(), "Ada");
  ASSERT_EQ(draft.order.lines_size(), 2);
  EXPECT_EQ(draft.order.lines(0).sku(), "MUG-FBA");
  EXPECT_EQ(draft.order.lines(0).quantity(), 3);
  EXPECT_EQ(draft.order.lines(0).gift_message(), "Cheers");
  EXPECT_EQ(draft.order.lines(0).declared_value().units(), 12);
  EXPECT_FALSE(draft.order.lines(1).has_declared_value());
}

TEST_F(OutboundDraftOfTwoLinesTest, InAnotherCurrency_ItWaitsForAPersonsWord) {
  EXPECT_EQ(Draft("EUR").hindrance.reason, "CURRENCY_MISMATCH");
  owner_.config.convert_currency = true;
  const OutboundDraft converted = Draft("EUR");
  EXPECT_FALSE(converted.hindrance.any());
  EXPECT_EQ(converted.order.lines(0).declared_value().currency_code(), "EUR");
}

}  // namespace
}  // namespace quayside
