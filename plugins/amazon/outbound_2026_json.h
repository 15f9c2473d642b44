// What Fulfillment Outbound 2026-07-04 answers, in the words of the contract. Pure.
#pragma once

#include <boost/json.hpp>

#include "json_fields.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside::amazon {

// A FulfillmentOrder. An order that is processed and has no shipment yet is in planning, for which this version has no
// word of its own.
[[nodiscard]] plugin::v1::OutboundState ReadOrder2026(JsonFields& fields, const boost::json::object& order);

// A GetOrderPreviewResponse about `order`, one quote for each speed that is offered. As an order goes out as a whole or
// not at all, a speed will do only when every unit is planned and every planned shipment is offered at it.
[[nodiscard]] plugin::v1::QuoteOutboundReply ReadQuotes2026(JsonFields& fields, const boost::json::object& page,
                                                            const plugin::v1::OutboundOrder& order);

}  // namespace quayside::amazon
