// Fulfillment Outbound 2020-07-01.
#include <algorithm>
#include <boost/json.hpp>

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

constexpr char kOrders2020[] = "/fba/outbound/2020-07-01/fulfillmentOrders";
constexpr char kPreview[] = "getFulfillmentPreview";
constexpr char kCreate[] = "createFulfillmentOrder";
constexpr char kCancel[] = "cancelFulfillmentOrder";
constexpr char kGet[] = "getFulfillmentOrder";
constexpr char kList[] = "listAllFulfillmentOrders";

const char* SpeedWord(pb::ShippingSpeed speed) {
  switch (speed) {
    case pb::SHIPPING_SPEED_EXPEDITED:
      return "Expedited";
    case pb::SHIPPING_SPEED_PRIORITY:
      return "Priority";
    default:
      return "Standard";
  }
}

pb::OutboundShipment::Status ShipmentStatusOf2020(std::string_view word) {
  if (word == "PENDING") return pb::OutboundShipment::STATUS_PENDING;
  if (word == "SHIPPED") return pb::OutboundShipment::STATUS_SHIPPED;
  if (word == "CANCELLED_BY_FULFILLER") return pb::OutboundShipment::STATUS_CANCELLED_BY_CENTRE;
  if (word == "CANCELLED_BY_SELLER") return pb::OutboundShipment::STATUS_CANCELLED_BY_MERCHANT;
  return pb::OutboundShipment::STATUS_UNKNOWN;
}

enum class ItemsFor { kPreview, kOrder };

json::array ItemsJson(const pb::OutboundOrder& order, ItemsFor purpose) {
  json::array items;
  for (const pb::OutboundLine& line : order.lines()) {
    json::object item{
        {"sellerSku", line.sku()}, {"sellerFulfillmentOrderItemId", line.line_id()}, {"quantity", line.quantity()}};
    if (line.has_declared_value()) {
      item["perUnitDeclaredValue"] = json::object{{"currencyCode", line.declared_value().currency_code()},
                                                  {"value", FormatMoney(line.declared_value())}};
    }
    if (purpose == ItemsFor::kOrder && !line.gift_message().empty()) item["giftMessage"] = line.gift_message();
    items.push_back(std::move(item));
  }
  return items;
}

pb::OutboundState ReadHead(JsonFields& fields, const json::object& order) {
  pb::OutboundState state;
  state.set_outbound_id(std::string(fields.NeedText(order, "sellerFulfillmentOrderId")));
  state.set_raw_status(std::string(fields.NeedText(order, "fulfillmentOrderStatus")));
  state.set_status(OutboundStatusOf(state.raw_status()));
  state.set_updated_us(fields.GetTime(order, "statusUpdatedDate"));
  // Once it is processed Amazon cancels no more.
  state.set_cancellable(state.status() == pb::OUTBOUND_STATUS_RECEIVED ||
                        state.status() == pb::OUTBOUND_STATUS_PLANNING);
  return state;
}

void ReadItems(JsonFields& fields, const json::array* items, pb::OutboundState& state) {
  ForEachObject(fields, items, "fulfillmentOrderItems", [&](const json::object& item) {
    state.set_ship_by_us(std::max(state.ship_by_us(), fields.GetTime(item, "estimatedShipDate")));
    const int32_t cancelled = fields.GetCount(item, "cancelledQuantity", 0);
    const int32_t unfulfillable = fields.GetCount(item, "unfulfillableQuantity", 0);
    if (cancelled == 0 && unfulfillable == 0) return;
    pb::OutboundShortLine& line = *state.add_short_lines();
    line.set_line_id(std::string(fields.NeedText(item, "sellerFulfillmentOrderItemId")));
    line.set_sku(std::string(fields.GetText(item, "sellerSku")));
    line.set_cancelled(cancelled);
    line.set_unfulfillable(unfulfillable);
  });
}

// Items of a shipment name their package by number; those that name none are in its only one.
void ReadPackages(JsonFields& fields, const json::object& object, pb::OutboundShipment& shipment) {
  ForEachObject(fields, fields.GetArray(object, "fulfillmentShipmentPackage"), "fulfillmentShipmentPackage",
                [&](const json::object& package) {
                  pb::OutboundPackage& out = *shipment.add_packages();
                  out.set_package_id(std::to_string(fields.GetInteger(package, "packageNumber").value_or(0)));
                  out.set_carrier_code(std::string(fields.GetText(package, "carrierCode")));
                  out.set_tracking_number(std::string(fields.GetText(package, "trackingNumber")));
                  if (out.tracking_number().empty())
                    out.set_tracking_number(std::string(fields.GetText(package, "amazonFulfillmentTrackingNumber")));
                  out.set_estimated_arrival_us(fields.GetTime(package, "estimatedArrivalDate"));
                });
  ForEachObject(fields, fields.GetArray(object, "fulfillmentShipmentItem"), "fulfillmentShipmentItem",
                [&](const json::object& item) {
                  const int64_t number = fields.GetInteger(item, "packageNumber").value_or(0);
                  pb::OutboundPackageLine& line = *PackageOf(shipment, std::to_string(number)).add_lines();
                  line.set_line_id(std::string(fields.NeedText(item, "sellerFulfillmentOrderItemId")));
                  line.set_sku(std::string(fields.GetText(item, "sellerSku")));
                  line.set_quantity(fields.NeedCount(item, "quantity"));
                });
}

void ReadShipment(JsonFields& fields, const json::object& object, pb::OutboundState& state) {
  pb::OutboundShipment& shipment = *state.add_shipments();
  shipment.set_shipment_id(std::string(fields.NeedText(object, "amazonShipmentId")));
  shipment.set_raw_status(std::string(fields.NeedText(object, "fulfillmentShipmentStatus")));
  shipment.set_status(ShipmentStatusOf2020(shipment.raw_status()));
  shipment.set_shipped_us(fields.GetTime(object, "shippingDate"));
  shipment.set_estimated_arrival_us(fields.GetTime(object, "estimatedArrivalDate"));
  ReadPackages(fields, object, shipment);
}

pb::OutboundQuote ReadQuote(JsonFields& fields, const json::object& preview) {
  pb::OutboundQuote quote;
  quote.set_speed(OutboundSpeedOf(fields.GetText(preview, "shippingSpeedCategory")));
  const json::value* fulfillable = preview.if_contains("isFulfillable");
  quote.set_fulfillable(fulfillable != nullptr && fulfillable->is_bool() && fulfillable->get_bool());
  ForEachText(fields, fields.GetArray(preview, "orderUnfulfillableReasons"), "orderUnfulfillableReasons",
              [&](std::string_view reason) { quote.add_reasons(std::string(reason)); });
  ForEachObject(fields, fields.GetArray(preview, "unfulfillablePreviewItems"), "unfulfillablePreviewItems",
                [&](const json::object& item) {
                  const std::string line(fields.NeedText(item, "sellerFulfillmentOrderItemId"));
                  quote.add_unfulfillable_line_ids(line);
                  ForEachText(
                      fields, fields.GetArray(item, "itemUnfulfillableReasons"), "itemUnfulfillableReasons",
                      [&](std::string_view reason) { quote.add_reasons("line " + line + ": " + std::string(reason)); });
                });
  ForEachObject(fields, fields.GetArray(preview, "estimatedFees"), "estimatedFees", [&](const json::object& fee) {
    auto amount = ReadMoney(fields, fee, "amount", "value");
    if (!amount) return;  // a name alone costs nothing
    pb::OutboundFee& out = *quote.add_fees();
    out.set_name(std::string(fields.GetText(fee, "name")));
    *out.mutable_amount() = std::move(*amount);
  });
  ForEachObject(
      fields, fields.GetArray(preview, "fulfillmentPreviewShipments"), "fulfillmentPreviewShipments",
      [&](const json::object& shipment) {
        // The whole order: from the first shipment's earliest to the last one's latest time.
        const auto least = [](int64_t known, int64_t time) { return known == 0 ? time : std::min(known, time); };
        quote.set_earliest_ship_us(least(quote.earliest_ship_us(), fields.GetTime(shipment, "earliestShipDate")));
        quote.set_latest_ship_us(std::max(quote.latest_ship_us(), fields.GetTime(shipment, "latestShipDate")));
        quote.set_earliest_arrival_us(
            least(quote.earliest_arrival_us(), fields.GetTime(shipment, "earliestArrivalDate")));
        quote.set_latest_arrival_us(std::max(quote.latest_arrival_us(), fields.GetTime(shipment, "latestArrivalDate")));
      });
  return quote;
}

class Outbound2020 final : public OutboundApi {
 public:
  explicit Outbound2020(Caller& caller) : caller_(caller) {}

  Result<pb::QuoteOutboundReply> Quote(const pb::OutboundOrder& order) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kPreview, "POST", std::string(kOrders2020) + "/preview");
    SetJsonBody(request, json::object{{"marketplaceId", order.marketplace()},
                                      {"address", AddressJson(order.ship_to())},
                                      {"items", ItemsJson(order, ItemsFor::kPreview)}});
    QS_TRY(const pb::HttpReply answer, caller_.Read(request));
    if (answer.status() != 200) return ErrorFrom(answer, kPreview, caller_.NowUs());
    json::monotonic_resource memory;
    JsonFields fields;
    const auto page = ParsePage(answer.body(), memory);
    const json::object* payload = page ? fields.GetObject(page->get_object(), "payload") : nullptr;
    const json::array* previews = payload != nullptr ? fields.GetArray(*payload, "fulfillmentPreviews") : nullptr;
    if (previews == nullptr) return Unreadable(answer, kPreview);
    pb::QuoteOutboundReply reply;
    ForEachObject(fields, previews, "fulfillmentPreviews", [&](const json::object& preview) {
      pb::OutboundQuote quote = ReadQuote(fields, preview);
      if (quote.speed() != pb::SHIPPING_SPEED_UNSPECIFIED) *reply.add_quotes() = std::move(quote);
    });
    if (!fields.ok()) return Unreadable(answer, kPreview);
    return reply;
  }

  WriteAnswer Create(const pb::OutboundOrder& order) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kCreate, "POST", kOrders2020);
    SetJsonBody(request, json::object{{"marketplaceId", order.marketplace()},
                                      {"sellerFulfillmentOrderId", order.outbound_id()},
                                      {"displayableOrderId", order.display_id()},
                                      {"displayableOrderDate", FormatTime(order.display_us())},
                                      {"displayableOrderComment", order.comment()},
                                      {"shippingSpeedCategory", SpeedWord(order.speed())},
                                      {"fulfillmentAction", "Ship"},
                                      // All of it or nothing.
                                      {"fulfillmentPolicy", "FillOrKill"},
                                      {"destinationAddress", AddressJson(order.ship_to())},
                                      {"items", ItemsJson(order, ItemsFor::kOrder)}});
    return SendWrite(caller_, kCreate, request);
  }

  WriteAnswer Cancel(const std::string& outbound_id) override {
    return SendWrite(caller_, kCancel,
                     NewRequest(caller_.settings(), kCancel, "PUT",
                                std::string(kOrders2020) + "/" + EncodeSegment(outbound_id) + "/cancel"));
  }

  Result<std::optional<pb::OutboundState>> Get(const std::string& outbound_id) override {
    QS_TRY(const pb::HttpReply answer,
           caller_.Read(NewRequest(caller_.settings(), kGet, "GET",
                                   std::string(kOrders2020) + "/" + EncodeSegment(outbound_id))));
    if (answer.status() == 404) return std::optional<pb::OutboundState>();
    if (answer.status() != 200) return ErrorFrom(answer, kGet, caller_.NowUs());
    json::monotonic_resource memory;
    JsonFields fields;
    const auto page = ParsePage(answer.body(), memory);
    const json::object* payload = page ? fields.GetObject(page->get_object(), "payload") : nullptr;
    const json::object* order = payload != nullptr ? fields.GetObject(*payload, "fulfillmentOrder") : nullptr;
    if (order == nullptr) return Unreadable(answer, kGet);
    pb::OutboundState state = ReadHead(fields, *order);
    ReadItems(fields, fields.GetArray(*payload, "fulfillmentOrderItems"), state);
    ForEachObject(fields, fields.GetArray(*payload, "fulfillmentShipments"), "fulfillmentShipments",
                  [&](const json::object& shipment) { ReadShipment(fields, shipment, state); });
    if (!fields.ok() || state.outbound_id() != outbound_id) return Unreadable(answer, kGet);
    return std::optional<pb::OutboundState>(std::move(state));
  }

  Result<OutboundPage> List(int64_t since_us, const std::string& token) override {
    pb::HttpRequest request = NewRequest(caller_.settings(), kList, "GET", kOrders2020);
    if (token.empty()) {
      AddQuery(request, "queryStartDate", FormatTime(since_us));
    } else {
      AddQuery(request, "nextToken", token);
    }
    QS_TRY(const pb::HttpReply answer, caller_.Read(request));
    if (answer.status() != 200) return ErrorFrom(answer, kList, caller_.NowUs());
    json::monotonic_resource memory;
    JsonFields fields;
    const auto page = ParsePage(answer.body(), memory);
    const json::object* payload = page ? fields.GetObject(page->get_object(), "payload") : nullptr;
    if (payload == nullptr) return Unreadable(answer, kList);
    OutboundPage out;
    out.next_token = fields.GetText(*payload, "nextToken");
    if (const json::array* orders = fields.GetArray(*payload, "fulfillmentOrders"))
      ReadStates(*orders, "fulfillmentOrders", ReadHead, out);
    if (!fields.ok()) return Unreadable(answer, kList);
    return out;
  }

 private:
  Caller& caller_;
};

}  // namespace

std::unique_ptr<OutboundApi> MakeOutbound2020(Caller& caller) { return std::make_unique<Outbound2020>(caller); }

}  // namespace quayside::amazon
