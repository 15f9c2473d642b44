// Commands about outbound orders. Each takes {"seller"?: id} and {order_id}, {order_ids: []} or {all: true} (every
// order that is not over) -> {"done": [order_id], "refused": [{order_id, reason}]}
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/outbound_order.h"
#include "core/seller_book.h"
#include "core/world.h"

namespace amazon_sim {

// + {carrier?, tracking?}: everything that is there leaves now.
boost::json::object ShipOutboundOrders(World& world, const boost::json::object& arguments, Micros now,
                                       std::string_view origin);
// + {replan? (true), lost? (false)}: the warehouse cancels what is pending of its own accord.
boost::json::object CancelOutboundShipments(World& world, const boost::json::object& arguments, Micros now,
                                            std::string_view origin);
// + {stuck} and/or {status: Cancelled | Unfulfillable | Invalid}
boost::json::object SetOutboundOrders(World& world, const boost::json::object& arguments, Micros now,
                                      std::string_view origin);

// As it really is: {outbound_id, seller, pool, status, lines[], shipments[], creates, ...}
boost::json::object TrueOutboundJson(const SellerBook& book, const OutboundOrder& order);

}  // namespace amazon_sim
