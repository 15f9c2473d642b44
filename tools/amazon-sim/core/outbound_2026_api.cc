// Fulfillment Outbound 2026-07-04: the same warehouse under other names. Creating may be, and cancelling and updating
// are, taken first and done later.
#include <algorithm>

#include "core/call.h"
#include "core/outbound_2026_json.h"
#include "core/outbound_life.h"
#include "core/outbound_list.h"
#include "core/outbound_preview.h"
#include "core/outbound_request.h"
#include "core/time_text.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

constexpr Micros kListedBack2026 = 36 * kHour;

// The seller's first marketplace of the country the units lie in; of the account when none is named.
const Marketplace* ReadOrigin(const Call& call, const json::object& body) {
  if (!body.contains("origin")) return call.account.marketplaces.front();
  const std::string country = NeedText(NeedObject(body, "origin"), "countryCode");
  const Marketplace* marketplace = FindMarketplace(country);
  if (country.size() != 2 || !marketplace || !call.account.SellsIn(marketplace)) {
    RefuseInput("The seller has no stock in '" + country + "'.");
  }
  return marketplace;
}

// "2", "2.0": whole units.
std::int64_t ReadEaches(const json::object& item) {
  const json::object& amount = NeedObject(item, "amount");
  const std::string unit = OptionalTextOf(amount, "unit");
  if (!unit.empty() && unit != "EACHES") RefuseInput("'unit' must be EACHES.");
  std::string value = NeedText(amount, "value");
  if (const std::size_t point = value.find('.'); point != std::string::npos) {
    const bool whole = point + 1 < value.size() && value.find_first_not_of('0', point + 1) == std::string::npos;
    if (whole) value.resize(point);
  }
  const bool digits = !value.empty() && value.size() <= 6 && value.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(value) < 1) RefuseInput("'amount' must be a number of whole units.");
  return std::stoi(value);
}

// Which tiers there are depends on the country.
bool OffersTier(OutboundSpeed tier, const Marketplace& marketplace) {
  if (tier == OutboundSpeed::kScheduled) return marketplace.country == "JP";
  if (tier != OutboundSpeed::kPriority) return true;
  return marketplace.country == "CA" || marketplace.country == "IN" || marketplace.country == "MX";
}

// In order of preference; empty when absent.
std::vector<OutboundSpeed> ReadTiers(const json::object& configuration) {
  std::vector<OutboundSpeed> tiers;
  if (!configuration.contains("serviceLevel")) return tiers;
  const json::object& level = NeedObject(configuration, "serviceLevel");
  if (!level.contains("serviceTiers")) return tiers;
  for (const json::value& each : NeedList(level, "serviceTiers")) {
    const auto tier = each.is_string() ? ParseTier(each.get_string()) : std::nullopt;
    if (!tier) RefuseInput("'serviceTiers' holds what is none of Amazon's.");
    tiers.push_back(*tier);
  }
  return tiers;
}

json::object ReadDestination(const json::object& body) {
  return ReadAddress(NeedObject(NeedObject(body, "destination"), "deliveryAddress"));
}

// What the buyer wrote, from the attributes of the line's packing slip; empty when there is none.
std::string ReadGiftMessage(const json::object& item) {
  const json::object* place = &item;
  for (const std::string_view name :
       {"fulfillmentConfiguration", "services", "packaging", "packingSlip", "templateAttributes"}) {
    if (!place->contains(name)) return {};
    place = &NeedObject(*place, name);
  }
  return OptionalTextOf(*place, "giftMessage", 512);
}

std::vector<OutboundLine> ReadLines2026(const Call& call, const json::object& body, const Marketplace& marketplace,
                                        bool with_ids) {
  std::vector<OutboundLine> lines;
  for (const json::value& each : NeedList(body, "lineItems")) {
    const json::object& item = NeedElement(each, "lineItems");
    const json::object& product = NeedObject(item, "product");
    OutboundLine& line = lines.emplace_back();
    line.item_id = with_ids ? NeedText(item, "lineItemId") : std::to_string(lines.size());
    line.listing =
        RequireStockedSku(call, marketplace, NeedText(NeedObject(product, "productIdentifier"), "amazonSku"));
    line.quantity = ReadEaches(item);
    line.declared = ReadDeclared(product, "amount");
    line.gift_message = ReadGiftMessage(item);
  }
  return lines;
}

bool ReadHold2026(const json::object& configuration) {
  const std::string action = OptionalTextOf(configuration, "action");
  if (!action.empty() && action != "SHIP" && action != "HOLD") RefuseInput("'action' is SHIP or HOLD.");
  return action == "HOLD";
}

void ReadConfiguration(const json::object& configuration, OutboundTerms& terms) {
  const auto tiers = ReadTiers(configuration);
  const auto first = std::find_if(tiers.begin(), tiers.end(),
                                  [&](OutboundSpeed tier) { return OffersTier(tier, *terms.marketplace); });
  if (!tiers.empty() && first == tiers.end()) {
    RefuseInput("None of the service tiers is available in the marketplace.");
  }
  if (first != tiers.end()) terms.speed = *first;
  terms.hold = ReadHold2026(configuration);
  if (const std::string policy = OptionalTextOf(configuration, "policy"); !policy.empty()) {
    const auto known = ParsePolicy2026(policy);
    if (!known) RefuseInput("'policy' is none of Amazon's.");
    terms.policy = *known;
  }
}

OutboundTerms ReadTerms2026(const Call& call) {
  const json::object body = ReadBodyObject(call.request);
  OutboundTerms terms;
  terms.id = ReadOutboundId(body, "orderId");
  terms.marketplace = ReadOrigin(call, body);
  terms.displayable_id = terms.id;
  terms.displayable_time = call.now;
  terms.channel = OptionalTextOf(body, "channel", 40);
  terms.address = ReadDestination(body);
  if (body.contains("fulfillmentConfiguration")) {
    ReadConfiguration(NeedObject(body, "fulfillmentConfiguration"), terms);
  }
  terms.lines = ReadLines2026(call, body, *terms.marketplace, /*with_ids=*/true);
  CheckTerms(terms);
  return terms;
}

json::object IntervalJson(Micros from, Micros to) { return {{"startTime", Iso8601(from)}, {"endTime", Iso8601(to)}}; }

json::object OfferJson2026(const OutboundTerms& terms, const PreviewedSpeed& speed) {
  const Marketplace& marketplace = *terms.marketplace;
  json::array parts{{{"type", "PER_UNIT_FULFILLMENT"}, {"value", MoneyJson(speed.per_unit_minor, marketplace)}},
                    {{"type", "PER_ORDER_FULFILLMENT"}, {"value", MoneyJson(speed.per_order_minor, marketplace)}}};
  return {{"estimatedPrice",
           {{"rollupPrices", std::move(parts)},
            {"totalPrice", MoneyJson(speed.per_unit_minor + speed.per_order_minor, marketplace)}}},
          {"fulfillmentConfiguration",
           {{"serviceLevel",
             {{"serviceTier", TierName(speed.speed)},
              {"shipInterval", IntervalJson(speed.earliest_ship, speed.latest_ship)},
              {"deliveryInterval", IntervalJson(speed.earliest_arrival, speed.latest_arrival)}}}}}};
}

json::object ConstraintJson(std::string_view code, std::string_view message, std::string_view type,
                            const std::string& value) {
  return {{"code", code},
          {"message", message},
          {"type", "ORDER"},
          {"details", json::array{json::object{{"type", type}, {"value", value}}}}};
}

bool WithShipments(const Call& call) {
  const auto wanted = ReadEnumList(call.target.query, "shipments", {"INCLUDE", "EXCLUDE"});
  return wanted.empty() || wanted.front() == "INCLUDE";
}

}  // namespace

Response GetOrderPreview2026(Call& call) {
  RequireFba(call);
  const json::object body = ReadBodyObject(call.request);
  OutboundTerms terms;
  terms.marketplace = ReadOrigin(call, body);
  terms.address = ReadDestination(body);
  terms.lines = ReadLines2026(call, body, *terms.marketplace, /*with_ids=*/false);
  std::vector<OutboundSpeed> tiers;
  if (body.contains("fulfillmentConfiguration")) tiers = ReadTiers(NeedObject(body, "fulfillmentConfiguration"));
  if (tiers.empty()) tiers = {OutboundSpeed::kStandard, OutboundSpeed::kExpedited, OutboundSpeed::kPriority};

  json::array constraints;
  const std::string country(terms.address.at("countryCode").get_string());
  if (CrossesTheChannel(*terms.marketplace, country)) {
    constraints.push_back(
        ConstraintJson("INVALID_DESTINATION", "The destination cannot be reached.", "COUNTRY", country));
  }
  for (const std::size_t place : LinesShortOfStock(call.book.warehouse(), terms)) {
    constraints.push_back(ConstraintJson("OUT_OF_STOCK", "The item is out of stock.", "AMAZON_SKU",
                                         std::string(terms.lines[place].listing->sku)));
  }
  json::array items;
  std::int64_t units = 0;
  for (const OutboundLine& line : terms.lines) {
    units += line.quantity;
    items.push_back({{"productIdentifier", {{"amazonSku", line.listing->sku}}}, {"amount", EachesJson(line.quantity)}});
  }
  json::array planned;
  if (constraints.empty()) {
    json::array offers;
    for (const OutboundSpeed tier : tiers) {
      if (!OffersTier(tier, *terms.marketplace)) continue;
      offers.push_back(OfferJson2026(terms, PreviewSpeed(tier, units, call.now)));
    }
    planned.push_back({{"items", std::move(items)}, {"offers", std::move(offers)}});
  }
  return JsonAnswer(200,
                    json::object{{"plannedShipments", std::move(planned)}, {"constraints", std::move(constraints)}});
}

Response CreateOrder2026(Call& call) {
  RequireFba(call);
  OutboundTerms terms = ReadTerms2026(call);
  if (OutboundOrder* known = call.book.outbound().Find(terms.id)) {
    ++known->creates;
    RefuseInput("An order with the id '" + terms.id + "' already exists.");
  }
  const OutboundOrder& order = BeginOutbound(call.world, call.book, std::move(terms), call.now);
  if (call.world.outbound_settings.create_later) {
    return JsonAnswer(202, json::object{{"orderId", order.terms.id}, {"status", "PROCESSING"}});
  }
  return JsonAnswer(200, json::object{{"order", OutboundOrderJson2026(order, true, call.now)}});
}

Response GetOrder2026(Call& call) {
  const OutboundOrder& order = RequireOutbound(call, call.target.segments.back());
  return JsonAnswer(200, json::object{{"order", OutboundOrderJson2026(order, WithShipments(call), call.now)}});
}

Response ListOrders2026(Call& call) {
  RequireFba(call);
  const Micros since = ReadTime(call.target.query, "updatedAfter").value_or(call.now - kListedBack2026);
  const OutboundPage page =
      ListOutbound(call, call.book.outbound().by_touched(), since, call.target.query.Get("pageToken"),
                   call.target.query.Fingerprint({"pageToken"}));
  const bool with_shipments = WithShipments(call);
  json::array orders;
  for (const OutboundOrder* order : page.orders) {
    orders.push_back(OutboundOrderJson2026(*order, with_shipments, call.now));
  }
  json::object body{{"orders", std::move(orders)}};
  if (!page.next_token.empty()) body["pagination"] = json::object{{"nextToken", page.next_token}};
  return JsonAnswer(200, body);
}

Response UpdateOrder2026(Call& call) {
  OutboundOrder& order = RequireOutbound(call, call.target.segments.back());
  const json::object body = ReadBodyObject(call.request);
  if (!order.terms.hold || !IsCancellable(order.status)) RefuseInput("Only an order on hold can be updated.");
  const bool ships = body.contains("fulfillmentConfiguration") &&
                     NeedObject(body, "fulfillmentConfiguration").contains("action") &&
                     !ReadHold2026(NeedObject(body, "fulfillmentConfiguration"));
  if (ships) (void)ReleaseOutbound(call.world, call.book, order, call.now);  // it is on hold
  return JsonAnswer(202, json::object());
}

Response CancelOrder2026(Call& call) {
  OutboundOrder& order = RequireOutbound(call, call.target.segments[call.target.segments.size() - 2]);
  ++order.cancel_requests;
  if (!IsCancellable(order.status)) RefuseInput("The order can no longer be cancelled.");
  CancelOutboundLater(call.world, call.book, order, call.now);
  return JsonAnswer(202, json::object());
}

}  // namespace amazon_sim
