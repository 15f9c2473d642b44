// An order for the warehouse, and calls of fulfilment/1 with it: what tests of outbound orders share, whichever Amazon
// stands behind the host.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "outbound.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

namespace pb = plugin::v1;

inline pb::OutboundOrder OrderForYork(const std::string& id, const std::string& sku, int quantity, int64_t now_us) {
  pb::OutboundOrder order;
  order.set_outbound_id(id);
  order.set_marketplace("A1F83G8C2ARO7P");
  order.set_display_id("M-" + id);
  order.set_display_us(now_us);
  order.set_comment("Thank you");
  order.set_speed(pb::SHIPPING_SPEED_EXPEDITED);
  order.mutable_ship_to()->set_name("Ada Byron");
  order.mutable_ship_to()->add_lines("1 High Street");
  order.mutable_ship_to()->set_city("York");
  order.mutable_ship_to()->set_postal_code("YO1 7HH");
  order.mutable_ship_to()->set_country_code("GB");
  pb::OutboundLine& line = *order.add_lines();
  line.set_line_id("1");
  line.set_sku(sku);
  line.set_quantity(quantity);
  line.mutable_declared_value()->set_currency_code("GBP");
  line.mutable_declared_value()->set_units(9);
  line.mutable_declared_value()->set_nanos(990'000'000);
  return order;
}

inline pb::Outcome SubmitOne(const Settings& settings, ServerClock& clock, const pb::OutboundOrder& order,
                             sdk::Step& step) {
  pb::SubmitOutboundRequest request;
  request.add_intents()->set_intent_id("i1");
  *request.mutable_intents(0)->mutable_order() = order;
  const auto reply = SubmitOutbound(settings, clock, request, step);
  EXPECT_TRUE(reply.ok()) << reply.error().message;
  return reply.ok() && reply.value().outcomes_size() == 1 ? reply.value().outcomes(0) : pb::Outcome();
}

inline pb::Outcome CancelOne(const Settings& settings, ServerClock& clock, const std::string& id, sdk::Step& step) {
  pb::CancelOutboundRequest request;
  request.add_intents()->set_intent_id("c1");
  request.mutable_intents(0)->set_outbound_id(id);
  const auto reply = CancelOutbound(settings, clock, request, step);
  EXPECT_TRUE(reply.ok()) << reply.error().message;
  return reply.ok() && reply.value().outcomes_size() == 1 ? reply.value().outcomes(0) : pb::Outcome();
}

}  // namespace quayside::amazon
