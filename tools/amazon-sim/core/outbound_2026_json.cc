#include "core/outbound_2026_json.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kTierNames{"STANDARD", "EXPEDITED", "PRIORITY", "SCHEDULED"};
constexpr std::array<std::string_view, 3> kPolicyNames2026{"FILL_OR_KILL", "FILL_ALL", "FILL_ALL_AVAILABLE"};

json::object IdentifierJson(const OutboundLine& line) { return {{"amazonSku", line.listing->sku}}; }

json::object LineJson2026(const OutboundLine& line) {
  json::object product{{"productIdentifier", IdentifierJson(line)}};
  if (line.declared) {
    product["perUnitDeclaredValue"] =
        json::object{{"currencyCode", line.declared->currency}, {"amount", line.declared->amount}};
  }
  json::object shown{
      {"lineItemId", line.item_id}, {"product", std::move(product)}, {"amount", EachesJson(line.quantity)}};
  if (line.cancelled > 0) shown["cancelledAmount"] = EachesJson(line.cancelled);
  if (line.unfulfillable > 0) shown["unfulfillableAmount"] = EachesJson(line.unfulfillable);
  if (!line.gift_message.empty()) {
    const json::object slip{{"templateAttributes", json::object{{"giftMessage", line.gift_message}}}};
    shown["fulfillmentConfiguration"] =
        json::object{{"services", json::object{{"packaging", json::object{{"packingSlip", slip}}}}}};
  }
  return shown;
}

std::string_view ShipmentStatus2026(ShipmentStatus status) {
  if (status == ShipmentStatus::kPending) return "PROCESSING";
  return status == ShipmentStatus::kShipped ? "SHIPPED" : "CANCELLED";
}

json::object PackageJson2026(const OutboundShipment& shipment, const json::array& item_ids, Micros now) {
  json::object carrier{{"carrierCode", shipment.carrier}, {"trackingNumber", shipment.tracking}};
  return {{"packageId", std::to_string(shipment.package_number)},
          {"deliveryTime", Iso8601(shipment.arrives)},
          {"status", now >= shipment.arrives ? "DELIVERED" : "IN_TRANSIT"},
          {"tracking", json::object{{"carrier", std::move(carrier)}}},
          {"shipmentItemIds", item_ids}};
}

json::object ShipmentJson2026(const OutboundOrder& order, const OutboundShipment& shipment, Micros now) {
  json::array items;
  json::array ids;
  for (const ShipmentItem& item : shipment.items) {
    const OutboundLine& line = order.terms.lines[item.line];
    const std::string id = shipment.id + "-" + std::to_string(item.line + 1);
    json::object shown{{"productIdentifier", IdentifierJson(line)},
                       {"lineItemId", line.item_id},
                       {"amount", EachesJson(item.quantity)},
                       {"shipmentItemId", id}};
    if (shipment.package_number > 0) shown["packageId"] = std::to_string(shipment.package_number);
    items.push_back(std::move(shown));
    ids.emplace_back(id);
  }
  json::object shown{{"amazonShipmentId", shipment.id},
                     {"amazonFacility", {{"facilityId", "LTN4"}}},
                     {"status", ShipmentStatus2026(shipment.status)},
                     {"items", std::move(items)},
                     {"serviceLevel", {{"serviceTier", TierName(order.terms.speed)}}}};
  if (shipment.status == ShipmentStatus::kPending || shipment.status == ShipmentStatus::kShipped) {
    shown["shipTime"] = Iso8601(shipment.ship_at);
    shown["deliveryTime"] = Iso8601(shipment.arrives);
  }
  if (shipment.package_number > 0) shown["packages"] = json::array{PackageJson2026(shipment, ids, now)};
  return shown;
}

}  // namespace

std::string_view TierName(OutboundSpeed speed) { return kTierNames[static_cast<std::size_t>(speed)]; }

std::optional<OutboundSpeed> ParseTier(std::string_view name) {
  const auto found = std::find(kTierNames.begin(), kTierNames.end(), name);
  if (found == kTierNames.end()) return std::nullopt;
  return static_cast<OutboundSpeed>(found - kTierNames.begin());
}

std::string_view PolicyName2026(OutboundPolicy policy) { return kPolicyNames2026[static_cast<std::size_t>(policy)]; }

std::optional<OutboundPolicy> ParsePolicy2026(std::string_view name) {
  const auto found = std::find(kPolicyNames2026.begin(), kPolicyNames2026.end(), name);
  if (found == kPolicyNames2026.end()) return std::nullopt;
  return static_cast<OutboundPolicy>(found - kPolicyNames2026.begin());
}

std::string_view OrderStatus2026(OutboundStatus status) {
  switch (status) {
    case OutboundStatus::kNew:
      return "";
    case OutboundStatus::kReceived:
    case OutboundStatus::kPlanning:
    case OutboundStatus::kProcessing:
      return "PROCESSING";
    case OutboundStatus::kComplete:
      return "COMPLETE";
    case OutboundStatus::kCompletePartialled:
      return "COMPLETE_PARTIAL";
    case OutboundStatus::kCancelled:
      return "CANCELLED";
    case OutboundStatus::kUnfulfillable:
      return "UNFULFILLABLE";
    case OutboundStatus::kInvalid:
      return "INVALID";
  }
  return "";
}

boost::json::object EachesJson(std::int64_t units) { return {{"unit", "EACHES"}, {"value", std::to_string(units)}}; }

boost::json::object OutboundOrderJson2026(const OutboundOrder& order, bool with_shipments, Micros now) {
  const OutboundTerms& terms = order.terms;
  json::array lines;
  for (const OutboundLine& line : terms.lines) lines.push_back(LineJson2026(line));
  json::object shown{{"orderId", terms.id},
                     {"receiveTime", Iso8601(order.received)},
                     {"statusUpdateTime", Iso8601(order.updated)},
                     {"fulfillmentConfiguration",
                      {{"serviceLevel", {{"serviceTiers", json::array{TierName(terms.speed)}}}},
                       {"action", terms.hold ? "HOLD" : "SHIP"},
                       {"policy", PolicyName2026(terms.policy)}}},
                     {"origin", {{"countryCode", terms.marketplace->country}}},
                     {"destination", json::object{{"deliveryAddress", terms.address}}},
                     {"lineItems", std::move(lines)}};
  if (const std::string_view status = OrderStatus2026(order.status); !status.empty()) shown["status"] = status;
  if (!terms.channel.empty()) shown["channel"] = terms.channel;
  if (with_shipments) {
    json::array shipments;
    for (const OutboundShipment& shipment : order.shipments) {
      shipments.push_back(ShipmentJson2026(order, shipment, now));
    }
    shown["shipments"] = std::move(shipments);
  }
  return shown;
}

}  // namespace amazon_sim
