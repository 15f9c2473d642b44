// Fulfillment Outbound 2026-07-04: the same work under other names. Quantities are decimal texts with a unit, the
// warehouse's country stands for the marketplace, creating and cancelling may be taken first and decided later.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "money.h"
#include "outbound_api.h"
#include "outbound_json.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kOrders2026[] = "/fulfillment/outbound/2026-07-04/orders";
constexpr char kPreviews2026[] = "/fulfillment/outbound/2026-07-04/previews";
constexpr char kGetOrderPreview[] = "outbound2026.getOrderPreview";
constexpr char kCreateOrder[] = "outbound2026.createOrder";
constexpr char kCancelOrder[] = "outbound2026.cancelOrder";
constexpr char kGetOrder2026[] = "outbound2026.getOrder";
constexpr char kListOrders[] = "outbound2026.listOrders";

const char* TierOf(pb::ShippingSpeed speed) {
  switch (speed) {
    case pb::SHIPPING_SPEED_EXPEDITED:
      return "EXPEDITED";
    case pb::SHIPPING_SPEED_PRIORITY:
      return "PRIORITY";
    default:
      return "STANDARD";
  }
}

pb::ShippingSpeed SpeedOfTier(std::string_view tier) {
  if (tier == "STANDARD") return pb::SHIPPING_SPEED_STANDARD;
  if (tier == "EXPEDITED") return pb::SHIPPING_SPEED_EXPEDITED;
  if (tier == "PRIORITY") return pb::SHIPPING_SPEED_PRIORITY;
  return pb::SHIPPING_SPEED_UNSPECIFIED;
}

pb::OutboundStatus StatusOf2026(std::string_view word) {
  if (word == "PROCESSING") return pb::OUTBOUND_STATUS_PROCESSING;
  if (word == "COMPLETE") return pb::OUTBOUND_STATUS_COMPLETE;
  if (word == "COMPLETE_PARTIAL") return pb::OUTBOUND_STATUS_COMPLETE_PARTLY;
  if (word == "CANCELLED") return pb::OUTBOUND_STATUS_CANCELLED;
  if (word == "UNFULFILLABLE") return pb::OUTBOUND_STATUS_UNFULFILLABLE;
  if (word == "INVALID") return pb::OUTBOUND_STATUS_INVALID;
  return pb::OUTBOUND_STATUS_UNKNOWN;
}

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

json::object AmountJson(int32_t units) { return {{"unit", "EACHES"}, {"value", std::to_string(units)}}; }

json::object ProductJson(const pb::OutboundLine& line) {
  json::object product{{"productIdentifier", json::object{{"amazonSku", line.sku()}}}};
  if (line.has_declared_value()) {
    product["perUnitDeclaredValue"] = json::object{{"currencyCode", line.declared_value().currency_code()},
                                                   {"amount", FormatMoney(line.declared_value())}};
  }
  return product;
}

json::object OriginJson(const pb::OutboundOrder& order) {
  const auto marketplace = FindMarketplace(order.marketplace());
  return {{"countryCode", marketplace ? marketplace->country_code : std::string()}};
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
  shipment.set_shipped_us(fields.GetTime(object, "shipTime"));
  shipment.set_estimated_arrival_us(fields.GetTime(object, "deliveryTime"));
  ForEachObject(fields, fields.GetArray(object, "packages"), "packages",
                [&](const json::object& package) { ReadPackage2026(fields, package, *shipment.add_packages()); });
  ForEachObject(fields, fields.GetArray(object, "items"), "items", [&](const json::object& item) {
    pb::OutboundPackageLine& line = *PackageOf(shipment, fields.GetText(item, "packageId")).add_lines();
    line.set_line_id(std::string(fields.NeedText(item, "lineItemId")));
    line.set_sku(std::string(ReadSku(fields, item)));
    line.set_quantity(ReadUnits(fields, item, "amount", true));
  });
}

pb::OutboundState ReadOrder2026(JsonFields& fields, const json::object& order) {
  pb::OutboundState state;
  state.set_outbound_id(std::string(fields.NeedText(order, "orderId")));
  state.set_raw_status(std::string(fields.GetText(order, "status")));
  // An order that has no status yet was only received.
  state.set_status(state.raw_status().empty() ? pb::OUTBOUND_STATUS_RECEIVED : StatusOf2026(state.raw_status()));
  state.set_updated_us(fields.GetTime(order, "statusUpdateTime"));
  ForEachObject(fields, fields.GetArray(order, "lineItems"), "lineItems",
                [&](const json::object& item) { ReadLineItem(fields, item, state); });
  ForEachObject(fields, fields.GetArray(order, "shipments"), "shipments",
                [&](const json::object& shipment) { ReadShipment2026(fields, shipment, state); });
  // This version tells no finer state: nothing of it may have begun to move.
  state.set_cancellable(state.status() == pb::OUTBOUND_STATUS_RECEIVED ||
                        (state.status() == pb::OUTBOUND_STATUS_PROCESSING && state.shipments().empty()));
  return state;
}

// Constraints speak of the whole order.
void AddConstraints(JsonFields& fields, const json::object& page, pb::OutboundQuote& quote) {
  ForEachObject(fields, fields.GetArray(page, "constraints"), "constraints", [&](const json::object& constraint) {
    quote.add_reasons(std::string(fields.GetText(constraint, "code")) + ": " +
                      std::string(fields.GetText(constraint, "message")));
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

void ReadOffer(JsonFields& fields, const json::object& offer, pb::QuoteOutboundReply& reply) {
  const json::object* configuration = fields.GetObject(offer, "fulfillmentConfiguration");
  const json::object* level = configuration != nullptr ? fields.GetObject(*configuration, "serviceLevel") : nullptr;
  if (level == nullptr) return;
  const pb::ShippingSpeed speed = SpeedOfTier(fields.GetText(*level, "serviceTier"));
  if (speed == pb::SHIPPING_SPEED_UNSPECIFIED) return;
  pb::OutboundQuote& quote = QuoteOf(reply, speed);
  quote.set_fulfillable(true);
  const auto widen = [&](const json::object* interval, int64_t earliest, int64_t latest) {
    if (interval == nullptr) return std::pair(earliest, latest);
    const int64_t from = fields.GetTime(*interval, "startTime");
    return std::pair(earliest == 0 ? from : std::min(earliest, from),
                     std::max(latest, fields.GetTime(*interval, "endTime")));
  };
  const auto [ship_from, ship_to] =
      widen(fields.GetObject(*level, "shipInterval"), quote.earliest_ship_us(), quote.latest_ship_us());
  quote.set_earliest_ship_us(ship_from);
  quote.set_latest_ship_us(ship_to);
  const auto [arrive_from, arrive_to] =
      widen(fields.GetObject(*level, "deliveryInterval"), quote.earliest_arrival_us(), quote.latest_arrival_us());
  quote.set_earliest_arrival_us(arrive_from);
  quote.set_latest_arrival_us(arrive_to);
  if (const json::object* price = fields.GetObject(offer, "estimatedPrice")) {
    ForEachObject(fields, fields.GetArray(*price, "rollupPrices"), "rollupPrices", [&](const json::object& part) {
      auto amount = ReadMoney(fields, part, "value", "amount");
      if (!amount) return;  // a name alone costs nothing
      pb::OutboundFee& fee = *quote.add_fees();
      fee.set_name(std::string(fields.GetText(part, "type")));
      *fee.mutable_amount() = std::move(*amount);
    });
  }
}

class Outbound2026 final : public OutboundApi {
 public:
  explicit Outbound2026(Caller& caller) : caller_(caller) {}

  Result<pb::QuoteOutboundReply> Quote(const pb::OutboundOrder& order) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kGetOrderPreview, "POST", kPreviews2026);
    json::array items;
    for (const pb::OutboundLine& line : order.lines())
      items.push_back(json::object{{"product", ProductJson(line)}, {"amount", AmountJson(line.quantity())}});
    SetJsonBody(request, json::object{{"origin", OriginJson(order)},
                                      {"destination", json::object{{"deliveryAddress", AddressJson(order.ship_to())}}},
                                      {"lineItems", std::move(items)}});
    QS_TRY(const pb::HttpReply answer, caller_.Read(request));
    if (answer.status() != 200) return ErrorFrom(answer, kGetOrderPreview, caller_.NowUs());
    json::monotonic_resource memory;
    JsonFields fields;
    const auto page = ParsePage(answer.body(), memory);
    const json::array* shipments = page ? fields.GetArray(page->get_object(), "plannedShipments") : nullptr;
    if (shipments == nullptr) return Unreadable(answer, kGetOrderPreview);
    pb::QuoteOutboundReply reply;
    ForEachObject(fields, shipments, "plannedShipments", [&](const json::object& shipment) {
      ForEachObject(fields, fields.GetArray(shipment, "offers"), "offers",
                    [&](const json::object& offer) { ReadOffer(fields, offer, reply); });
    });
    if (reply.quotes().empty()) AddConstraints(fields, page->get_object(), QuoteOf(reply, order.speed()));
    if (!fields.ok()) return Unreadable(answer, kGetOrderPreview);
    return reply;
  }

  WriteAnswer Create(const pb::OutboundOrder& order) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kCreateOrder, "POST", kOrders2026);
    json::array items;
    for (const pb::OutboundLine& line : order.lines()) {
      items.push_back(json::object{
          {"lineItemId", line.line_id()}, {"product", ProductJson(line)}, {"amount", AmountJson(line.quantity())}});
    }
    json::object body{
        {"orderId", order.outbound_id()},
        {"origin", OriginJson(order)},
        {"destination", json::object{{"deliveryAddress", AddressJson(order.ship_to())}}},
        {"fulfillmentConfiguration",
         json::object{{"serviceLevel", json::object{{"serviceTiers", json::array{TierOf(order.speed())}}}},
                      {"action", "SHIP"},
                      // All of it or nothing.
                      {"policy", "FILL_OR_KILL"}}},
        {"lineItems", std::move(items)}};
    if (!order.sales_channel().empty()) body["channel"] = order.sales_channel();
    SetJsonBody(request, body);
    return SendWrite(caller_, kCreateOrder, request);
  }

  WriteAnswer Cancel(const std::string& outbound_id) override {
    return SendWrite(caller_, kCancelOrder,
                     NewRequest(caller_.settings(), kCancelOrder, "PUT",
                                std::string(kOrders2026) + "/" + EncodeSegment(outbound_id) + "/cancel"));
  }

  Result<std::optional<pb::OutboundState>> Get(const std::string& outbound_id) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kGetOrder2026, "GET",
                                         std::string(kOrders2026) + "/" + EncodeSegment(outbound_id));
    AddQuery(request, "shipments", "INCLUDE");
    QS_TRY(const pb::HttpReply answer, caller_.Read(request));
    if (answer.status() == 404) return std::optional<pb::OutboundState>();
    if (answer.status() != 200) return ErrorFrom(answer, kGetOrder2026, caller_.NowUs());
    json::monotonic_resource memory;
    JsonFields fields;
    const auto page = ParsePage(answer.body(), memory);
    const json::object* order = page ? fields.GetObject(page->get_object(), "order") : nullptr;
    if (order == nullptr) return Unreadable(answer, kGetOrder2026);
    pb::OutboundState state = ReadOrder2026(fields, *order);
    if (!fields.ok() || state.outbound_id() != outbound_id) return Unreadable(answer, kGetOrder2026);
    return std::optional<pb::OutboundState>(std::move(state));
  }

  Result<OutboundPage> List(int64_t since_us, const std::string& token) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kListOrders, "GET", kOrders2026);
    AddQuery(request, "updatedAfter", FormatTime(since_us));
    AddQuery(request, "shipments", "INCLUDE");
    if (!token.empty()) AddQuery(request, "pageToken", token);
    QS_TRY(const pb::HttpReply answer, caller_.Read(request));
    if (answer.status() != 200) return ErrorFrom(answer, kListOrders, caller_.NowUs());
    json::monotonic_resource memory;
    JsonFields fields;
    const auto page = ParsePage(answer.body(), memory);
    const json::array* orders = page ? fields.GetArray(page->get_object(), "orders") : nullptr;
    if (orders == nullptr) return Unreadable(answer, kListOrders);
    OutboundPage out;
    out.with_shipments = true;
    ReadStates(*orders, "orders", ReadOrder2026, out);
    if (const json::object* pagination = fields.GetObject(page->get_object(), "pagination"))
      out.next_token = fields.GetText(*pagination, "nextToken");
    if (!fields.ok()) return Unreadable(answer, kListOrders);
    return out;
  }

  bool CancelsLater() const override { return true; }

 private:
  Caller& caller_;
};

}  // namespace

std::unique_ptr<OutboundApi> MakeOutbound2026(Caller& caller) { return std::make_unique<Outbound2026>(caller); }

}  // namespace quayside::amazon
