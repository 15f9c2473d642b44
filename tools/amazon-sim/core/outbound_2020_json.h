// Outbound orders in the shapes of Fulfillment Outbound 2020-07-01.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/outbound_order.h"

namespace amazon_sim {

std::string_view SpeedName(OutboundSpeed speed);
std::optional<OutboundSpeed> ParseSpeed(std::string_view name);
std::string_view PolicyName(OutboundPolicy policy);
std::optional<OutboundPolicy> ParsePolicy(std::string_view name);

boost::json::object OutboundHeadJson(const OutboundOrder& order);
// The payload of getFulfillmentOrder.
boost::json::object OutboundWholeJson(const OutboundOrder& order);
// The payload of getPackageTrackingDetails.
boost::json::object TrackingJson(const OutboundOrder& order, const OutboundShipment& shipment, Micros now);

}  // namespace amazon_sim
