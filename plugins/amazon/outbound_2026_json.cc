#include "outbound_2026_json.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "outbound_json.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

// This version does not say who cancelled a shipment. While the order goes on it was the warehouse, which plans its
// units anew.
pb::OutboundShipment::Status ShipmentStatusOf2026(std::string_view word, pb::OutboundStatus order) {
  if (word == "PROCESSING") return pb::OutboundShipment::STATUS_PENDING;
  if (word == "SHIPPED") return pb::OutboundShipment::STATUS_SHIPPED;
  if (word == "CANCELLED") {
    return order == pb::OUTBOUND_STATUS_CANCELLED ? pb::OutboundShipment::STATUS_CANCELLED_BY_MERCHANT
                                                  : pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE;
  }
  return pb::OutboundShipment::STATUS_UNKNOWN;
}

// "2", "2.0": whole units only.
int32_t ReadUnits(JsonFields& fields, const json::object& object, std::string_view key, bool needed) {
  const json::object* amount = fields.GetObject(object, key);
  if (amount == nullptr) {
    if (needed) fields.Fail(key, "is missing");
    return 0;
  }
  const std::string_view text = fields.NeedText(*amount, "value");
  int32_t units = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), units);
  const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  const bool whole = rest.empty() || (rest.size() > 1 && rest.front() == '.' &&
                                      rest.find_first_not_of('0', 1) == std::string_view::npos);
  if (error != std::errc() || units < 0 || !whole) fields.Fail(key, "is no number of whole units");
  return units;
}

std::string_view ReadSku(JsonFields& fields, const json::object& object) {
  const json::object* identifier = fields.GetObject(object, "productIdentifier");
  return identifier != nullptr ? fields.GetText(*identifier, "amazonSku") : std::string_view();
}

void ReadLineItem(JsonFields& fields, const json::object& item, pb::OutboundState& state) {
  const int32_t cancelled = ReadUnits(fields, item, "cancelledAmount", false);
  const int32_t unfulfillable = ReadUnits(fields, item, "unfulfillableAmount", false);
  if (cancelled == 0 && unfulfillable == 0) return;
  pb::OutboundShortLine& line = *state.add_short_lines();
  line.set_line_id(std::string(fields.NeedText(item, "lineItemId")));
  if (const json::object* product = fields.GetObject(item, "product"))
    line.set_sku(std::string(ReadSku(fields, *product)));
  line.set_cancelled(cancelled);
  line.set_unfulfillable(unfulfillable);
}

void ReadPackage2026(JsonFields& fields, const json::object& package, pb::OutboundPackage& out) {
  out.set_package_id(std::string(fields.NeedText(package, "packageId")));
  out.set_estimated_arrival_us(fields.GetTime(package, "deliveryTime"));
  const json::object* tracking = fields.GetObject(package, "tracking");
  if (tracking == nullptr) return;
  if (const json::object* carrier = fields.GetObject(*tracking, "carrier")) {
    out.set_carrier_code(std::string(fields.GetText(*carrier, "carrierCode")));
    out.set_tracking_number(std::string(fields.GetText(*carrier, "trackingNumber")));
  }
  const json::object* amazon = fields.GetObject(*tracking, "amazon");
  if (out.tracking_number().empty() && amazon != nullptr)
    out.set_tracking_number(std::string(fields.GetText(*amazon, "trackingNumber")));
}

void ReadShipment2026(JsonFields& fields, const json::object& object, pb::OutboundState& state) {
  pb::OutboundShipment& shipment = *state.add_shipments();
  shipment.set_shipment_id(std::string(fields.NeedText(object, "amazonShipmentId")));
  shipment.set_raw_status(std::string(fields.NeedText(object, "status")));
  shipment.set_status(ShipmentStatusOf2026(shipment.raw_status(), state.status()));
  const int64_t leaves_us = fields.GetTime(object, "shipTime");
  shipment.set_shipped_us(leaves_us);
  if (shipment.status() == pb::OutboundShipment::STATUS_PENDING)
    state.set_ship_by_us(std::max(state.ship_by_us(), leaves_us));
  shipment.set_estimated_arrival_us(fields.GetTime(object, "deliveryTime"));
  // An item names its package, or a package its items.
  std::map<std::string, std::string, std::less<>> package_of;  // by shipmentItemId
  ForEachObject(fields, fields.GetArray(object, "packages"), "packages", [&](const json::object& package) {
    pb::OutboundPackage& read = *shipment.add_packages();
    ReadPackage2026(fields, package, read);
    ForEachText(fields, fields.GetArray(package, "shipmentItemIds"), "shipmentItemIds",
                [&](std::string_view item) { package_of.emplace(item, read.package_id()); });
  });
  ForEachObject(fields, fields.GetArray(object, "items"), "items", [&](const json::object& item) {
    std::string package_id(fields.GetText(item, "packageId"));
    if (package_id.empty()) {
      const auto found = package_of.find(fields.GetText(item, "shipmentItemId"));
      if (found != package_of.end()) package_id = found->second;
    }
    pb::OutboundPackageLine& line = *PackageOf(shipment, package_id).add_lines();
    line.set_line_id(std::string(fields.NeedText(item, "lineItemId")));
    line.set_sku(std::string(ReadSku(fields, item)));
    line.set_quantity(ReadUnits(fields, item, "amount", true));
  });
}

pb::OutboundQuote& QuoteOf(pb::QuoteOutboundReply& reply, pb::ShippingSpeed speed) {
  for (pb::OutboundQuote& quote : *reply.mutable_quotes()) {
    if (quote.speed() == speed) return quote;
  }
  pb::OutboundQuote& quote = *reply.add_quotes();
  quote.set_speed(speed);
  return quote;
}

// From the first shipment's earliest to the last one's latest time.
void Widen(JsonFields& fields, const json::object* interval, int64_t& earliest, int64_t& latest) {
  if (interval == nullptr) return;
  const int64_t from = fields.GetTime(*interval, "startTime");
  earliest = earliest == 0 ? from : std::min(earliest, from);
  latest = std::max(latest, fields.GetTime(*interval, "endTime"));
}

void AddFees(JsonFields& fields, const json::object& offer, pb::OutboundQuote& quote) {
  const json::object* price = fields.GetObject(offer, "estimatedPrice");
  if (price == nullptr) return;
  ForEachObject(fields, fields.GetArray(*price, "rollupPrices"), "rollupPrices", [&](const json::object& part) {
    auto amount = ReadMoney(fields, part, "value", "amount");
    if (!amount) return;  // a name alone costs nothing
    pb::OutboundFee& fee = *quote.add_fees();
    fee.set_name(std::string(fields.GetText(part, "type")));
    *fee.mutable_amount() = std::move(*amount);
  });
}

// An offer for one shipment. `seen`: the speeds it is offered at; a second offer at a speed is a choice that nobody
// makes.
void ReadOffer(JsonFields& fields, const json::object& offer, std::set<pb::ShippingSpeed>& seen,
               pb::QuoteOutboundReply& reply) {
  const json::object* configuration = fields.GetObject(offer, "fulfillmentConfiguration");
  const json::object* level = configuration != nullptr ? fields.GetObject(*configuration, "serviceLevel") : nullptr;
  if (level == nullptr) return;
  const pb::ShippingSpeed speed = OutboundSpeedOf(fields.GetText(*level, "serviceTier"));
  if (speed == pb::SHIPPING_SPEED_UNSPECIFIED || !seen.insert(speed).second) return;
  pb::OutboundQuote& quote = QuoteOf(reply, speed);
  int64_t ship_from = quote.earliest_ship_us();
  int64_t ship_to = quote.latest_ship_us();
  Widen(fields, fields.GetObject(*level, "shipInterval"), ship_from, ship_to);
  quote.set_earliest_ship_us(ship_from);
  quote.set_latest_ship_us(ship_to);
  int64_t arrives_from = quote.earliest_arrival_us();
  int64_t arrives_to = quote.latest_arrival_us();
  Widen(fields, fields.GetObject(*level, "deliveryInterval"), arrives_from, arrives_to);
  quote.set_earliest_arrival_us(arrives_from);
  quote.set_latest_arrival_us(arrives_to);
  AddFees(fields, offer, quote);
}

// Lines of which units are in no planned shipment. `planned`: units by SKU; lines of one SKU are filled in their order.
std::vector<std::string> LinesNotPlanned(const pb::OutboundOrder& order, std::map<std::string, int64_t> planned) {
  std::vector<std::string> missing;
  for (const pb::OutboundLine& line : order.lines()) {
    int64_t& left = planned[line.sku()];
    if (left < line.quantity()) missing.push_back(line.line_id());
    left = std::max<int64_t>(0, left - line.quantity());
  }
  return missing;
}

void SayWhyNot(JsonFields& fields, const json::object& page, const std::vector<std::string>& missing,
               pb::OutboundQuote& quote) {
  ForEachObject(fields, fields.GetArray(page, "constraints"), "constraints", [&](const json::object& constraint) {
    quote.add_reasons(std::string(fields.GetText(constraint, "code")) + ": " +
                      std::string(fields.GetText(constraint, "message")));
  });
  for (const std::string& line : missing) quote.add_unfulfillable_line_ids(line);
  if (quote.reasons().empty())
    quote.add_reasons(missing.empty() ? "not every shipment of the order is offered at this speed"
                                      : "Amazon plans no shipment of the whole order");
}

}  // namespace

pb::OutboundState ReadOrder2026(JsonFields& fields, const json::object& order) {
  pb::OutboundState state;
  state.set_outbound_id(std::string(fields.NeedText(order, "orderId")));
  state.set_raw_status(std::string(fields.GetText(order, "status")));
  // An order that has no status yet was only received.
  state.set_status(state.raw_status().empty() ? pb::OUTBOUND_STATUS_RECEIVED : OutboundStatusOf(state.raw_status()));
  state.set_updated_us(fields.GetTime(order, "statusUpdateTime"));
  ForEachObject(fields, fields.GetArray(order, "lineItems"), "lineItems",
                [&](const json::object& item) { ReadLineItem(fields, item, state); });
  ForEachObject(fields, fields.GetArray(order, "shipments"), "shipments",
                [&](const json::object& shipment) { ReadShipment2026(fields, shipment, state); });
  if (state.status() == pb::OUTBOUND_STATUS_PROCESSING && state.shipments().empty())
    state.set_status(pb::OUTBOUND_STATUS_PLANNING);
  state.set_cancellable(state.status() == pb::OUTBOUND_STATUS_RECEIVED ||
                        state.status() == pb::OUTBOUND_STATUS_PLANNING);
  return state;
}

pb::QuoteOutboundReply ReadQuotes2026(JsonFields& fields, const json::object& page, const pb::OutboundOrder& order) {
  pb::QuoteOutboundReply reply;
  std::map<std::string, int64_t> planned;
  std::map<pb::ShippingSpeed, int> offered;  // how many shipments at that speed
  int shipments = 0;
  ForEachObject(fields, fields.GetArray(page, "plannedShipments"), "plannedShipments",
                [&](const json::object& shipment) {
                  ++shipments;
                  ForEachObject(fields, fields.GetArray(shipment, "items"), "items", [&](const json::object& item) {
                    planned[std::string(ReadSku(fields, item))] += ReadUnits(fields, item, "amount", true);
                  });
                  std::set<pb::ShippingSpeed> seen;
                  ForEachObject(fields, fields.GetArray(shipment, "offers"), "offers",
                                [&](const json::object& offer) { ReadOffer(fields, offer, seen, reply); });
                  for (const pb::ShippingSpeed speed : seen) ++offered[speed];
                });
  const std::vector<std::string> missing = LinesNotPlanned(order, std::move(planned));
  // What cannot be planned cannot be shipped at any speed, the wanted one included.
  if (reply.quotes().empty() || !missing.empty()) QuoteOf(reply, order.speed());
  for (pb::OutboundQuote& quote : *reply.mutable_quotes()) {
    quote.set_fulfillable(missing.empty() && offered[quote.speed()] == shipments);
    if (!quote.fulfillable()) SayWhyNot(fields, page, missing, quote);
  }
  return reply;
}

}  // namespace quayside::amazon
