// Commands about orders. Each takes {"seller"?: id}; without it the first account's seller is meant.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/world.h"

namespace amazon_sim {

// {count?, skus? | lines?: [{sku, quantity}], lines_per_order?, quantity?, marketplace?, status?, fulfilled_by?,
//  channel?, prime?, programs?: ["FBM_SHIP_PLUS"], buyer?: {name, email, ...}, order_id?, force?, visible_after_s?,
//  email_after_s?}
// -> {"placed": [{order_id, lines}], "refused": [reason]}
boost::json::object PlaceOrders(World& world, const boost::json::object& arguments, Micros now,
                                std::string_view origin);
// The others take {order_id} or {order_ids: []} or {all: true} (every order in a fitting state)
// -> {"done": [order_id], "refused": [{order_id, reason}]}
boost::json::object PayOrders(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);
// + {lines?: [{sku, quantity}], carrier?, tracking?, label?: bought at Amazon}
boost::json::object ShipOrders(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);
// + {by?, reason?, restock?}
boost::json::object CancelOrders(World& world, const boost::json::object& arguments, Micros now,
                                 std::string_view origin);
boost::json::object RequestCancelOrders(World& world, const boost::json::object& arguments, Micros now,
                                        std::string_view origin);
// + {status}: puts the order there whatever the rules say.
boost::json::object SetOrderStatus(World& world, const boost::json::object& arguments, Micros now,
                                   std::string_view origin);

// Hides a changed order from searches for a while if a late-visibility fault says so.
void ApplyLateness(World& world, SellerBook& book, Order& order, Micros now);

}  // namespace amazon_sim
