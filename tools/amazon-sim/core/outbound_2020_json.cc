#include "core/outbound_2020_json.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kSpeedNames{"Standard", "Expedited", "Priority", "ScheduledDelivery"};
constexpr std::array<std::string_view, 3> kPolicyNames{"FillOrKill", "FillAll", "FillAllAvailable"};

json::object LineJson2020(const OutboundOrder& order, const OutboundLine& line) {
  json::object shown{{"sellerSku", line.listing->sku},
                     {"sellerFulfillmentOrderItemId", line.item_id},
                     {"quantity", line.quantity},
                     {"cancelledQuantity", line.cancelled},
                     {"unfulfillableQuantity", line.unfulfillable}};
  if (!line.gift_message.empty()) shown["giftMessage"] = line.gift_message;
  if (line.declared) {
    shown["perUnitDeclaredValue"] =
        json::object{{"currencyCode", line.declared->currency}, {"value", line.declared->amount}};
  }
  if (line.cancelled + line.unfulfillable < line.quantity) {
    shown["estimatedShipDate"] = Iso8601(order.ship_by);
    shown["estimatedArrivalDate"] = Iso8601(order.ship_by + 2 * kDay);
  }
  return shown;
}

json::object ShipmentJson2020(const OutboundOrder& order, const OutboundShipment& shipment) {
  json::array items;
  for (const ShipmentItem& item : shipment.items) {
    const OutboundLine& line = order.terms.lines[item.line];
    json::object shown{
        {"sellerSku", line.listing->sku}, {"sellerFulfillmentOrderItemId", line.item_id}, {"quantity", item.quantity}};
    if (shipment.package_number > 0) shown["packageNumber"] = shipment.package_number;
    items.push_back(std::move(shown));
  }
  json::object shown{{"amazonShipmentId", shipment.id},
                     {"fulfillmentCenterId", "LTN4"},
                     {"fulfillmentShipmentStatus", Name(shipment.status)},
                     {"fulfillmentShipmentItem", std::move(items)}};
  if (shipment.status == ShipmentStatus::kPending || shipment.status == ShipmentStatus::kShipped) {
    shown["shippingDate"] = Iso8601(shipment.ship_at);
    shown["estimatedArrivalDate"] = Iso8601(shipment.arrives);
  }
  if (shipment.status == ShipmentStatus::kShipped) {
    json::object package{{"packageNumber", shipment.package_number},
                         {"carrierCode", shipment.carrier},
                         {"trackingNumber", shipment.tracking},
                         {"estimatedArrivalDate", Iso8601(shipment.arrives)}};
    shown["fulfillmentShipmentPackage"] = json::array{std::move(package)};
  }
  return shown;
}

}  // namespace

std::string_view SpeedName(OutboundSpeed speed) { return kSpeedNames[static_cast<std::size_t>(speed)]; }

std::optional<OutboundSpeed> ParseSpeed(std::string_view name) {
  const auto found = std::find(kSpeedNames.begin(), kSpeedNames.end(), name);
  if (found == kSpeedNames.end()) return std::nullopt;
  return static_cast<OutboundSpeed>(found - kSpeedNames.begin());
}

std::string_view PolicyName(OutboundPolicy policy) { return kPolicyNames[static_cast<std::size_t>(policy)]; }

std::optional<OutboundPolicy> ParsePolicy(std::string_view name) {
  const auto found = std::find(kPolicyNames.begin(), kPolicyNames.end(), name);
  if (found == kPolicyNames.end()) return std::nullopt;
  return static_cast<OutboundPolicy>(found - kPolicyNames.begin());
}

boost::json::object OutboundHeadJson(const OutboundOrder& order) {
  const OutboundTerms& terms = order.terms;
  return {{"sellerFulfillmentOrderId", terms.id},          {"marketplaceId", terms.marketplace->id},
          {"displayableOrderId", terms.displayable_id},    {"displayableOrderDate", Iso8601(terms.displayable_time)},
          {"displayableOrderComment", terms.comment},      {"shippingSpeedCategory", SpeedName(terms.speed)},
          {"destinationAddress", terms.address},           {"fulfillmentAction", terms.hold ? "Hold" : "Ship"},
          {"fulfillmentPolicy", PolicyName(terms.policy)}, {"receivedDate", Iso8601(order.received)},
          {"fulfillmentOrderStatus", Name(order.status)},  {"statusUpdatedDate", Iso8601(order.updated)}};
}

boost::json::object OutboundWholeJson(const OutboundOrder& order) {
  json::array items;
  for (const OutboundLine& line : order.terms.lines) items.push_back(LineJson2020(order, line));
  json::array shipments;
  for (const OutboundShipment& shipment : order.shipments) shipments.push_back(ShipmentJson2020(order, shipment));
  return {{"fulfillmentOrder", OutboundHeadJson(order)},
          {"fulfillmentOrderItems", std::move(items)},
          {"fulfillmentShipments", std::move(shipments)},
          {"returnItems", json::array{}},
          {"returnAuthorizations", json::array{}}};
}

boost::json::object TrackingJson(const OutboundOrder& order, const OutboundShipment& shipment, Micros now) {
  const bool delivered = now >= shipment.arrives;
  const auto text = [&](std::string_view name) {
    const json::value* value = order.terms.address.if_contains(name);
    return value ? std::string(value->get_string()) : std::string("-");
  };
  const json::object place{{"city", text("city")}, {"state", text("stateOrRegion")}, {"country", text("countryCode")}};
  json::array events;
  events.push_back({{"eventDate", Iso8601(shipment.ship_at)},
                    {"eventAddress", place},
                    {"eventCode", "EVENT_101"},
                    {"eventDescription", "Carrier notified to pick up package"}});
  if (delivered) {
    events.push_back({{"eventDate", Iso8601(shipment.arrives)},
                      {"eventAddress", place},
                      {"eventCode", "EVENT_301"},
                      {"eventDescription", "Delivered"}});
  }
  return {{"packageNumber", shipment.package_number},
          {"trackingNumber", shipment.tracking},
          {"carrierCode", shipment.carrier},
          {"shipDate", Iso8601(shipment.ship_at)},
          {"estimatedArrivalDate", Iso8601(shipment.arrives)},
          {"shipToAddress", place},
          {"currentStatus", delivered ? "DELIVERED" : "IN_TRANSIT"},
          {"trackingEvents", std::move(events)}};
}

}  // namespace amazon_sim
