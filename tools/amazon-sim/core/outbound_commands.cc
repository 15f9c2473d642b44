#include "core/outbound_commands.h"

#include <functional>
#include <vector>

#include "core/json_fields.h"
#include "core/named_orders.h"
#include "core/outbound_2020_json.h"
#include "core/outbound_life.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

std::vector<OutboundOrder*> ChosenOutbound(SellerBook& book, const json::object& arguments) {
  std::vector<OutboundOrder*> orders;
  const auto ids = NamedOrders(arguments);
  if (!ids) {
    for (auto& [index, order] : book.outbound().orders()) {
      if (!IsOver(order.status)) orders.push_back(&order);
    }
    return orders;
  }
  for (const std::string& id : *ids) {
    OutboundOrder* order = book.outbound().Find(id);
    if (!order) throw InputError("no outbound order " + id);
    orders.push_back(order);
  }
  return orders;
}

json::object ChangeOutbound(World& world, const json::object& arguments,
                            const std::function<Outcome(SellerBook&, OutboundOrder&)>& change) {
  SellerBook& book = world.Book(TextField(arguments, "seller"));
  json::array done;
  json::array refused;
  for (OutboundOrder* order : ChosenOutbound(book, arguments)) {
    const Outcome outcome = change(book, *order);
    if (outcome.ok()) {
      done.emplace_back(order->terms.id);
    } else {
      refused.push_back({{"order_id", order->terms.id}, {"reason", outcome.refusal}});
    }
  }
  return {{"done", std::move(done)}, {"refused", std::move(refused)}};
}

}  // namespace

boost::json::object ShipOutboundOrders(World& world, const boost::json::object& arguments, Micros now,
                                       std::string_view) {
  const std::string carrier = TextField(arguments, "carrier");
  const std::string tracking = TextField(arguments, "tracking");
  return ChangeOutbound(world, arguments, [&](SellerBook& book, OutboundOrder& order) {
    return ShipOutboundNow(world, book, order, carrier, tracking, now);
  });
}

boost::json::object CancelOutboundShipments(World& world, const boost::json::object& arguments, Micros now,
                                            std::string_view) {
  const WarehouseCancel how{.replan = BoolField(arguments, "replan", true), .lost = BoolField(arguments, "lost")};
  return ChangeOutbound(world, arguments, [&](SellerBook& book, OutboundOrder& order) {
    return CancelShipments(world, book, order, how, now);
  });
}

boost::json::object SetOutboundOrders(World& world, const boost::json::object& arguments, Micros now,
                                      std::string_view) {
  const std::string status = ChoiceField(arguments, "status", {"", "Cancelled", "Unfulfillable", "Invalid"}, "");
  return ChangeOutbound(world, arguments, [&](SellerBook& book, OutboundOrder& order) {
    if (arguments.contains("stuck")) {
      const Outcome outcome = StickOutbound(world, book, order, BoolField(arguments, "stuck"), now);
      if (!outcome.ok()) return outcome;
    }
    if (status.empty()) return Outcome{};
    const OutboundStatus end = status == "Cancelled" ? OutboundStatus::kCancelled
                               : status == "Invalid" ? OutboundStatus::kInvalid
                                                     : OutboundStatus::kUnfulfillable;
    return EndOutbound(book, order, end, now);
  });
}

boost::json::object TrueOutboundJson(const SellerBook& book, const OutboundOrder& order) {
  json::array lines;
  for (const OutboundLine& line : order.terms.lines) {
    lines.push_back({{"line_id", line.item_id},
                     {"sku", line.listing->sku},
                     {"quantity", line.quantity},
                     {"shipped", line.shipped},
                     {"cancelled", line.cancelled},
                     {"unfulfillable", line.unfulfillable}});
  }
  json::array shipments;
  for (const OutboundShipment& shipment : order.shipments) {
    json::array items;
    for (const ShipmentItem& item : shipment.items) {
      items.push_back({{"line_id", order.terms.lines[item.line].item_id}, {"quantity", item.quantity}});
    }
    shipments.push_back({{"shipment_id", shipment.id},
                         {"status", Name(shipment.status)},
                         {"ship_at", Iso8601(shipment.ship_at)},
                         {"carrier", shipment.carrier},
                         {"tracking", shipment.tracking},
                         {"items", std::move(items)}});
  }
  return {{"outbound_id", order.terms.id},
          {"seller", book.seller_id()},
          {"marketplace", order.terms.marketplace->id},
          {"pool", order.terms.marketplace->stock_pool},
          {"status", Name(order.status)},
          {"speed", SpeedName(order.terms.speed)},
          {"on_hold", order.terms.hold},
          {"stuck", order.stuck},
          {"received", Iso8601(order.received)},
          {"updated", Iso8601(order.updated)},
          {"ship_by", Iso8601(order.ship_by)},
          {"echo_order_id", order.echo_id},
          {"creates", order.creates},
          {"cancel_requests", order.cancel_requests},
          {"lines", std::move(lines)},
          {"shipments", std::move(shipments)}};
}

}  // namespace amazon_sim
