// Fulfillment Outbound 2020-07-01: preview, create, get, list, update, cancel, tracking.
#include <algorithm>
#include <limits>

#include "core/call.h"
#include "core/outbound_2020_json.h"
#include "core/outbound_life.h"
#include "core/outbound_list.h"
#include "core/outbound_preview.h"
#include "core/outbound_request.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr Micros kListedBack = 36 * kHour;  // where the list begins when nobody says

std::int64_t ReadUnits2020(const json::object& item) {
  const json::value* quantity = item.if_contains("quantity");
  if (!quantity || !quantity->is_int64() || quantity->get_int64() < 1 || quantity->get_int64() > INT32_MAX) {
    RefuseInput("'quantity' must be a whole number of 1 or more.");
  }
  return quantity->get_int64();
}

OutboundSpeed ReadSpeed(const json::value& value, const Marketplace& marketplace) {
  const auto speed = value.is_string() ? ParseSpeed(value.get_string()) : std::nullopt;
  if (!speed) RefuseInput("'shippingSpeedCategory' is none of Amazon's.");
  if (*speed == OutboundSpeed::kScheduled && marketplace.country != "JP") {
    RefuseInput("ScheduledDelivery is available in Japan only.");
  }
  return *speed;
}

const Marketplace* ReadOutboundMarketplace(const Call& call, const json::object& body) {
  const std::string id = OptionalTextOf(body, "marketplaceId");
  return id.empty() ? call.account.marketplaces.front() : ReadMarketplace(call.account, id);
}

std::vector<OutboundLine> ReadLines2020(const Call& call, const json::object& body, const Marketplace& marketplace) {
  std::vector<OutboundLine> lines;
  for (const json::value& each : NeedList(body, "items")) {
    const json::object& item = NeedElement(each, "items");
    OutboundLine& line = lines.emplace_back();
    line.item_id = NeedText(item, "sellerFulfillmentOrderItemId", 50);
    line.listing = RequireStockedSku(call, marketplace, NeedText(item, "sellerSku", 50));
    line.quantity = ReadUnits2020(item);
    line.declared = ReadDeclared(item, "value");
    line.gift_message = OptionalTextOf(item, "giftMessage", 512);
  }
  return lines;
}

Micros ReadDisplayableTime(const json::object& body) {
  const auto time = ParseIso8601(NeedText(body, "displayableOrderDate"));
  if (!time) RefuseInput("'displayableOrderDate' is not an ISO 8601 date-time.");
  return *time;
}

bool ReadHold(const json::object& body) {
  const std::string action = OptionalTextOf(body, "fulfillmentAction");
  if (!action.empty() && action != "Ship" && action != "Hold") RefuseInput("'fulfillmentAction' is Ship or Hold.");
  return action == "Hold";
}

OutboundTerms ReadTerms2020(const Call& call) {
  const json::object body = ReadBodyObject(call.request);
  OutboundTerms terms;
  terms.id = ReadOutboundId(body, "sellerFulfillmentOrderId");
  terms.marketplace = ReadOutboundMarketplace(call, body);
  terms.displayable_id = NeedText(body, "displayableOrderId", 40);
  terms.displayable_time = ReadDisplayableTime(body);
  terms.comment = NeedText(body, "displayableOrderComment", 750);
  const json::value* speed = body.if_contains("shippingSpeedCategory");
  terms.speed = ReadSpeed(speed ? *speed : json::value(), *terms.marketplace);
  terms.address = ReadAddress(NeedObject(body, "destinationAddress"));
  terms.hold = ReadHold(body);
  if (terms.hold && terms.speed == OutboundSpeed::kScheduled) RefuseInput("ScheduledDelivery cannot be on hold.");
  if (const std::string policy = OptionalTextOf(body, "fulfillmentPolicy"); !policy.empty()) {
    const auto known = ParsePolicy(policy);
    if (!known) RefuseInput("'fulfillmentPolicy' is none of Amazon's.");
    terms.policy = *known;
  }
  terms.lines = ReadLines2020(call, body, *terms.marketplace);
  CheckTerms(terms);
  return terms;
}

json::object MoneyValueJson(std::int64_t minor, const Marketplace& marketplace) {
  return {{"currencyCode", marketplace.currency}, {"value", MoneyText(minor, marketplace)}};
}

json::object PreviewJson2020(const Call& call, const OutboundTerms& terms, OutboundSpeed speed,
                             const std::vector<std::size_t>& short_lines) {
  std::int64_t units = 0;
  for (const OutboundLine& line : terms.lines) units += line.quantity;
  const PreviewedSpeed previewed = PreviewSpeed(speed, units, call.now);
  const bool reachable = !CrossesTheChannel(*terms.marketplace, terms.address.at("countryCode").get_string());
  json::object preview{{"shippingSpeedCategory", SpeedName(speed)},
                       {"isFulfillable", reachable && short_lines.empty()},
                       {"isCODCapable", false},
                       {"marketplaceId", terms.marketplace->id}};
  if (!reachable) preview["orderUnfulfillableReasons"] = json::array{"InvalidDestinationAddress"};
  json::array unfulfillable;
  for (const std::size_t place : short_lines) {
    const OutboundLine& line = terms.lines[place];
    unfulfillable.push_back({{"sellerSku", line.listing->sku},
                             {"quantity", line.quantity},
                             {"sellerFulfillmentOrderItemId", line.item_id},
                             {"itemUnfulfillableReasons", json::array{"OutOfStock"}}});
  }
  if (!unfulfillable.empty()) preview["unfulfillablePreviewItems"] = std::move(unfulfillable);
  if (!preview.at("isFulfillable").get_bool()) return preview;
  json::array items;
  for (const OutboundLine& line : terms.lines) {
    items.push_back({{"sellerSku", line.listing->sku},
                     {"quantity", line.quantity},
                     {"sellerFulfillmentOrderItemId", line.item_id}});
  }
  preview["estimatedFees"] = json::array{
      {{"name", "FBAPerUnitFulfillmentFee"}, {"amount", MoneyValueJson(previewed.per_unit_minor, *terms.marketplace)}},
      {{"name", "FBAPerOrderFulfillmentFee"},
       {"amount", MoneyValueJson(previewed.per_order_minor, *terms.marketplace)}}};
  json::object shipment{{"earliestShipDate", Iso8601(previewed.earliest_ship)},
                        {"latestShipDate", Iso8601(previewed.latest_ship)},
                        {"earliestArrivalDate", Iso8601(previewed.earliest_arrival)},
                        {"latestArrivalDate", Iso8601(previewed.latest_arrival)},
                        {"fulfillmentPreviewItems", std::move(items)}};
  preview["fulfillmentPreviewShipments"] = json::array{std::move(shipment)};
  return preview;
}

// Units by item id; what is not named stays.
void UpdateLines(const json::object& body, OutboundTerms& terms) {
  if (!body.contains("items")) return;
  for (const json::value& each : NeedList(body, "items")) {
    const json::object& item = NeedElement(each, "items");
    const std::string id = NeedText(item, "sellerFulfillmentOrderItemId", 50);
    const auto line = std::find_if(terms.lines.begin(), terms.lines.end(),
                                   [&](const OutboundLine& one) { return one.item_id == id; });
    if (line == terms.lines.end()) RefuseInput("The order has no item '" + id + "'.");
    line->quantity = ReadUnits2020(item);
  }
}

}  // namespace

Response GetFulfillmentPreview(Call& call) {
  RequireFba(call);
  const json::object body = ReadBodyObject(call.request);
  OutboundTerms terms;
  terms.marketplace = ReadOutboundMarketplace(call, body);
  terms.address = ReadAddress(NeedObject(body, "address"));
  terms.lines = ReadLines2020(call, body, *terms.marketplace);
  std::vector<OutboundSpeed> speeds;
  if (body.contains("shippingSpeedCategories")) {
    for (const json::value& each : NeedList(body, "shippingSpeedCategories")) {
      speeds.push_back(ReadSpeed(each, *terms.marketplace));
    }
  } else {
    speeds = {OutboundSpeed::kStandard, OutboundSpeed::kExpedited, OutboundSpeed::kPriority};
  }
  const auto short_lines = LinesShortOfStock(call.book.warehouse(), terms);
  json::array previews;
  for (const OutboundSpeed speed : speeds) previews.push_back(PreviewJson2020(call, terms, speed, short_lines));
  return JsonAnswer(200, json::object{{"payload", {{"fulfillmentPreviews", std::move(previews)}}}});
}

Response CreateFulfillmentOrder(Call& call) {
  RequireFba(call);
  OutboundTerms terms = ReadTerms2020(call);
  if (OutboundOrder* known = call.book.outbound().Find(terms.id)) {
    ++known->creates;
    RefuseInput("A fulfillment order with the id '" + terms.id + "' already exists.");
  }
  BeginOutbound(call.world, call.book, std::move(terms), call.now);
  return JsonAnswer(200, json::object());
}

Response GetFulfillmentOrder(Call& call) {
  const OutboundOrder& order = RequireOutbound(call, call.target.segments.back());
  return JsonAnswer(200, json::object{{"payload", OutboundWholeJson(order)}});
}

Response ListAllFulfillmentOrders(Call& call) {
  RequireFba(call);
  const Micros since = ReadTime(call.target.query, "queryStartDate").value_or(call.now - kListedBack);
  // The token alone says what it continues.
  const OutboundPage page = ListOutbound(call, call.book.outbound().by_updated(), since,
                                         call.target.query.Get("nextToken"), Fnv1a("2020-07-01"));
  json::array orders;
  for (const OutboundOrder* order : page.orders) orders.push_back(OutboundHeadJson(*order));
  json::object payload{{"fulfillmentOrders", std::move(orders)}};
  if (!page.next_token.empty()) payload["nextToken"] = page.next_token;
  return JsonAnswer(200, json::object{{"payload", std::move(payload)}});
}

Response UpdateFulfillmentOrder(Call& call) {
  OutboundOrder& order = RequireOutbound(call, call.target.segments.back());
  if (!order.terms.hold || !IsCancellable(order.status)) RefuseInput("Only an order on hold can be updated.");
  const json::object body = ReadBodyObject(call.request);
  OutboundTerms terms = order.terms;
  if (body.contains("displayableOrderId")) terms.displayable_id = NeedText(body, "displayableOrderId", 40);
  if (body.contains("displayableOrderDate")) terms.displayable_time = ReadDisplayableTime(body);
  if (body.contains("displayableOrderComment")) terms.comment = NeedText(body, "displayableOrderComment", 750);
  if (body.contains("destinationAddress")) terms.address = ReadAddress(NeedObject(body, "destinationAddress"));
  if (const json::value* speed = body.if_contains("shippingSpeedCategory")) {
    terms.speed = ReadSpeed(*speed, *terms.marketplace);
  }
  UpdateLines(body, terms);
  CheckTerms(terms);
  const bool ships = body.contains("fulfillmentAction") && !ReadHold(body);
  order.terms = std::move(terms);
  call.book.outbound().Touch(order, call.now);
  if (ships) (void)ReleaseOutbound(call.world, call.book, order, call.now);  // it is on hold
  return JsonAnswer(200, json::object());
}

Response CancelFulfillmentOrder(Call& call) {
  OutboundOrder& order = RequireOutbound(call, call.target.segments[call.target.segments.size() - 2]);
  ++order.cancel_requests;
  if (const Outcome outcome = CancelOutbound(call.book, order, call.now); !outcome.ok()) RefuseInput(outcome.refusal);
  return JsonAnswer(200, json::object());
}

Response GetPackageTrackingDetails(Call& call) {
  const auto number = ReadWhole(call.target.query, "packageNumber");
  if (!number || *number < 1 || *number > std::numeric_limits<std::int32_t>::max()) {
    RefuseInput("'packageNumber' is required.");
  }
  const OutboundOrder* order = call.book.outbound().FindPackage(static_cast<std::int32_t>(*number));
  if (!order) throw ApiError{404, "NotFound", "The requested package was not found.", std::to_string(*number)};
  const auto shipment = std::find_if(order->shipments.begin(), order->shipments.end(),
                                     [&](const OutboundShipment& each) { return each.package_number == *number; });
  return JsonAnswer(200, json::object{{"payload", TrackingJson(*order, *shipment, call.now)}});
}

}  // namespace amazon_sim
