// Outbound orders in the shapes of Fulfillment Outbound 2026-07-04.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "core/outbound_order.h"

namespace amazon_sim {

std::string_view TierName(OutboundSpeed speed);
std::optional<OutboundSpeed> ParseTier(std::string_view name);
std::string_view PolicyName2026(OutboundPolicy policy);
std::optional<OutboundPolicy> ParsePolicy2026(std::string_view name);
// Coarser than 2020-07-01's: received, planned and processed are one. Empty for an order nobody has looked at.
std::string_view OrderStatus2026(OutboundStatus status);

// {"unit": "EACHES", "value": "2"}
boost::json::object EachesJson(std::int64_t units);
boost::json::object OutboundOrderJson2026(const OutboundOrder& order, bool with_shipments, Micros now);

}  // namespace amazon_sim
