// Fulfillment Outbound 2026-07-04: the same work under other names. Quantities are decimal texts with a unit, the
// warehouse's country stands for the marketplace, creating and cancelling may be taken first and decided later.
#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "money.h"
#include "outbound_2026_json.h"
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

std::string OriginOf(const pb::OutboundOrder& order) {
  const auto marketplace = FindMarketplace(order.marketplace());
  return marketplace ? marketplace->country_code : std::string();
}

// Only the first tier that is named counts, and PRIORITY is offered in three countries: elsewhere the next faster one
// stands for it.
const char* TierOf(const pb::OutboundOrder& order) {
  switch (order.speed()) {
    case pb::SHIPPING_SPEED_EXPEDITED:
      return "EXPEDITED";
    case pb::SHIPPING_SPEED_PRIORITY: {
      const std::string country = OriginOf(order);
      return country == "CA" || country == "IN" || country == "MX" ? "PRIORITY" : "EXPEDITED";
    }
    default:
      return "STANDARD";
  }
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

json::object OriginJson(const pb::OutboundOrder& order) { return {{"countryCode", OriginOf(order)}}; }

json::object LineItemJson(const pb::OutboundLine& line) {
  json::object item{
      {"lineItemId", line.line_id()}, {"product", ProductJson(line)}, {"amount", AmountJson(line.quantity())}};
  if (!line.gift_message().empty()) {
    json::object slip{{"templateAttributes", json::object{{"giftMessage", line.gift_message()}}}};
    item["fulfillmentConfiguration"] =
        json::object{{"services", json::object{{"packaging", json::object{{"packingSlip", std::move(slip)}}}}}};
  }
  return item;
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
    if (!page || fields.GetArray(page->get_object(), "plannedShipments") == nullptr)
      return Unreadable(answer, kGetOrderPreview);
    pb::QuoteOutboundReply reply = ReadQuotes2026(fields, page->get_object(), order);
    if (!fields.ok()) return Unreadable(answer, kGetOrderPreview);
    return reply;
  }

  WriteAnswer Create(const pb::OutboundOrder& order) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kCreateOrder, "POST", kOrders2026);
    json::array items;
    for (const pb::OutboundLine& line : order.lines()) items.push_back(LineItemJson(line));
    json::object body{{"orderId", order.outbound_id()},
                      {"origin", OriginJson(order)},
                      {"destination", json::object{{"deliveryAddress", AddressJson(order.ship_to())}}},
                      {"fulfillmentConfiguration",
                       json::object{{"serviceLevel", json::object{{"serviceTiers", json::array{TierOf(order)}}}},
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

 private:
  Caller& caller_;
};

}  // namespace

std::unique_ptr<OutboundApi> MakeOutbound2026(Caller& caller) { return std::make_unique<Outbound2026>(caller); }

}  // namespace quayside::amazon
