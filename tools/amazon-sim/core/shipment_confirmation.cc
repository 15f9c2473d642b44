// confirmShipment of Orders v0, which has no counterpart in 2026-01-01.
#include <algorithm>
#include <limits>

#include "core/call.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr Micros kClocksDiffer = 10 * kMinute;

std::string RequireText(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_string() || value->get_string().empty()) {
    RefuseInput("'" + std::string(name) + "' is required, as text.");
  }
  return std::string(value->get_string());
}

std::string OptionalText(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::pair<std::uint64_t, std::int64_t>> ReadItems(const json::object& package, const Order& order) {
  const json::value* items = package.if_contains("orderItems");
  if (!items || !items->is_array() || items->get_array().empty()) RefuseInput("'orderItems' needs an element.");
  std::vector<std::pair<std::uint64_t, std::int64_t>> read;
  for (const json::value& each : items->get_array()) {
    if (!each.is_object()) RefuseInput("'orderItems' holds what is no object.");
    const std::string id = RequireText(each.get_object(), "orderItemId");
    const json::value* quantity = each.get_object().if_contains("quantity");
    if (!quantity || !quantity->is_int64() || quantity->get_int64() < 1) RefuseInput("'quantity' must be 1 or more.");
    const auto line = std::find_if(order.lines.begin(), order.lines.end(),
                                   [&](const OrderLine& one) { return std::to_string(one.item_id) == id; });
    if (line == order.lines.end()) RefuseInput("The order has no item '" + id + "'.");
    read.emplace_back(line->item_id, quantity->get_int64());
  }
  return read;
}

ShipRequest ReadPackage(const json::object& package, const Order& order, Micros now) {
  ShipRequest request;
  request.reference = RequireText(package, "packageReferenceId");
  if (!std::all_of(request.reference.begin(), request.reference.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    RefuseInput("PackageReferenceId is invalid.");
  }
  const std::string code = RequireText(package, "carrierCode");
  const std::string name = OptionalText(package, "carrierName");
  if (code == "Other" && name.empty()) RefuseInput("'carrierName' is required when 'carrierCode' is Other.");
  request.carrier = code == "Other" ? name : code;
  request.tracking = RequireText(package, "trackingNumber");
  const auto shipped = ParseIso8601(RequireText(package, "shipDate"));
  if (!shipped) RefuseInput("'shipDate' is not an ISO 8601 date-time.");
  if (*shipped > now + kClocksDiffer) RefuseInput("'shipDate' lies in the future.");
  request.shipped_at = *shipped;
  request.items = ReadItems(package, order);
  return request;
}

}  // namespace

Response ConfirmShipment(Call& call) {
  const std::string& id = call.target.segments[3];
  Order* order = call.book.FindOrder(id);
  if (!order) throw ApiError{404, "NotFound", "The requested order was not found.", id};
  const json::object body = ReadBodyObject(call.request);
  const Marketplace* marketplace = ReadMarketplace(call.account, RequireText(body, "marketplaceId"));
  if (marketplace != order->marketplace) RefuseInput("The order is not of this marketplace.");
  if (order->by_amazon) RefuseInput("An order that Amazon fulfils cannot be confirmed.");
  const json::value* package = body.if_contains("packageDetail");
  if (!package || !package->is_object()) RefuseInput("'packageDetail' is required.");
  const ShipRequest request = ReadPackage(package->get_object(), *order, call.now);
  if (const Outcome outcome = call.book.Ship(*order, request, call.now); !outcome.ok()) {
    // Amazon's words for what is done already.
    if (order->status == OrderStatus::kShipped) RefuseInput("PackageToUpdateNotFound: order already fulfilled.");
    RefuseInput(outcome.refusal);
  }
  return {.status = 204};
}

}  // namespace amazon_sim
