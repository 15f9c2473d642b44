#include "core/order_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/call.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

// Buyer and address are there once the order is paid and as long as it is not cancelled.
bool ShowsPerson(const Order& order) { return !IsPending(order.status) && order.status != OrderStatus::kCancelled; }

// Amazon keeps money simple here: tax is inside the price at 20 %, shipping is a flat fee for merchant orders.
std::int64_t TaxWithin(std::int64_t gross) { return gross / 6; }
std::int64_t LineTotal(const OrderLine& line) { return line.unit_price_minor * line.quantity; }

json::object WindowJson(Micros from, Micros to) {
  return {{"earliestDateTime", Iso8601(from)}, {"latestDateTime", Iso8601(to)}};
}

json::object BuyerJson(const Order& order, const Person& person, Micros now) {
  json::object buyer{{"buyerName", person.name}};
  if (!order.by_amazon && !person.email.empty() && order.email_from <= now) buyer["buyerEmail"] = person.email;
  if (!person.company.empty()) buyer["buyerCompanyName"] = person.company;
  return buyer;
}

json::object RecipientJson(const Order& order, const Person& person) {
  json::object address;
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) address[name] = value;
  };
  // What Amazon ships itself the seller need not know how to reach.
  if (!order.by_amazon) {
    put("name", person.name);
    put("companyName", person.company);
    put("addressLine1", person.address_line1);
    put("addressLine2", person.address_line2);
    put("phone", person.phone);
  }
  put("city", person.city);
  put("stateOrRegion", person.state);
  put("postalCode", person.postal_code);
  put("countryCode", person.country);
  address["addressType"] = person.company.empty() ? "RESIDENTIAL" : "COMMERCIAL";
  return json::object{{"deliveryAddress", std::move(address)}};
}

json::object OrderProceedsJson(const Order& order) {
  std::int64_t items = 0;
  for (const OrderLine& line : order.lines) items += LineTotal(line);
  const std::int64_t shipping = order.ShippingMinor();
  const Marketplace& marketplace = *order.marketplace;
  return {{"grandTotal", MoneyJson(items + shipping, marketplace)},
          {"breakdowns",
           {{{"type", "ITEM"}, {"subtotal", MoneyJson(items - TaxWithin(items), marketplace)}},
            {{"type", "SHIPPING"}, {"subtotal", MoneyJson(shipping - TaxWithin(shipping), marketplace)}},
            {{"type", "TAX"}, {"subtotal", MoneyJson(TaxWithin(items) + TaxWithin(shipping), marketplace)}}}}};
}

json::object ItemProceedsJson(const OrderLine& line, std::int64_t shipping, const Marketplace& marketplace) {
  const std::int64_t total = LineTotal(line);
  json::array breakdowns{{{"type", "ITEM"}, {"subtotal", MoneyJson(total - TaxWithin(total), marketplace)}}};
  if (shipping > 0) {
    breakdowns.push_back({{"type", "SHIPPING"}, {"subtotal", MoneyJson(shipping - TaxWithin(shipping), marketplace)}});
  }
  breakdowns.push_back({{"type", "TAX"},
                        {"subtotal", MoneyJson(TaxWithin(total) + TaxWithin(shipping), marketplace)},
                        {"detailedBreakdowns",
                         {{{"subtype", "ITEM"}, {"value", MoneyJson(TaxWithin(total), marketplace)}},
                          {{"subtype", "SHIPPING"}, {"value", MoneyJson(TaxWithin(shipping), marketplace)}}}}});
  return {{"proceedsTotal", MoneyJson(total + shipping, marketplace)}, {"breakdowns", std::move(breakdowns)}};
}

// `gift_message`: empty when there is none, or nobody may see it.
json::object ItemJson(const Order& order, const OrderLine& line, const IncludedData& included,
                      const std::string& gift_message) {
  const bool first = &line == &order.lines.front();
  json::object product{{"asin", line.listing->asin},
                       {"title", line.listing->Title()},
                       {"sellerSku", line.listing->sku},
                       {"condition", {{"conditionType", "NEW"}, {"conditionSubtype", "NEW"}}}};
  if (!IsPending(order.status)) {
    product["price"] = json::object{{"unitPrice", MoneyJson(line.unit_price_minor, *order.marketplace)}};
  }
  json::object item{{"orderItemId", std::to_string(line.item_id)},
                    {"quantityOrdered", line.quantity},
                    {"product", std::move(product)}};
  if (included.proceeds && !IsPending(order.status)) {
    item["proceeds"] = ItemProceedsJson(line, first ? order.ShippingMinor() : 0, *order.marketplace);
  }
  if (included.cancellation) {
    if (!order.cancelled_by.empty() || line.cancelled == line.quantity) {
      // Single lines only the merchant cancels.
      const std::string by = order.cancelled_by.empty() ? "MERCHANT" : order.cancelled_by;
      item["cancellation"] =
          json::object{{"cancellationExecution", {{"cancelledBy", by}, {"cancelReason", order.cancel_reason}}}};
    } else if (order.cancel_requested) {
      item["cancellation"] =
          json::object{{"cancellationRequest", {{"requester", "BUYER"}, {"cancelReason", "ORDERED_BY_MISTAKE"}}}};
    }
  }
  if (included.fulfillment) {
    const bool cancelled = order.status == OrderStatus::kCancelled;
    json::object fulfillment{{"quantityFulfilled", line.shipped},
                             {"quantityUnfulfilled", cancelled ? 0 : line.Unshipped()}};
    if (!gift_message.empty()) fulfillment["packing"] = {{"giftOption", {{"giftMessage", gift_message}}}};
    item["fulfillment"] = std::move(fulfillment);
  }
  if (included.tax) {
    json::object collection{{"model", "MARKETPLACE_FACILITATOR"}, {"responsibleParty", "AMAZON"}};
    item["tax"] = json::object{{"taxCollections", json::array{std::move(collection)}}};
  }
  return item;
}

json::object FulfillmentJson(const Order& order) {
  json::object fulfillment{{"fulfillmentStatus", Name(order.status)},
                           {"fulfilledBy", order.by_amazon ? "AMAZON" : "MERCHANT"},
                           {"fulfillmentServiceLevel", order.prime ? "NEXT_DAY" : "STANDARD"}};
  if (!IsPending(order.status)) {
    fulfillment["shipByWindow"] = WindowJson(order.created, order.created + 2 * kDay);
    fulfillment["deliverByWindow"] = WindowJson(order.created + 2 * kDay, order.created + 5 * kDay);
  }
  return fulfillment;
}

json::array PackagesJson(const Order& order, Micros now) {
  json::array packages;
  if (order.by_amazon) return packages;
  for (const Package& package : order.packages) {
    if (package.shown_from > now) continue;
    json::array items;
    for (const auto& [item_id, quantity] : package.items) {
      items.push_back({{"orderItemId", std::to_string(item_id)}, {"quantity", quantity}});
    }
    packages.push_back({{"packageReferenceId", package.reference},
                        {"createdTime", Iso8601(package.shipped_at)},
                        {"packageStatus", json::object{{"status", "SHIPPED"}}},
                        {"carrier", package.carrier},
                        {"shipTime", Iso8601(package.shipped_at)},
                        {"shippingService", "Standard"},
                        {"trackingNumber", package.tracking},
                        {"packageItems", std::move(items)}});
  }
  return packages;
}

}  // namespace

IncludedData IncludedData::Parse(const std::vector<std::string>& values) {
  const auto has = [&](std::string_view name) { return std::find(values.begin(), values.end(), name) != values.end(); };
  return {.buyer = has("BUYER"),
          .recipient = has("RECIPIENT"),
          .proceeds = has("PROCEEDS"),
          .promotion = has("PROMOTION"),
          .cancellation = has("CANCELLATION"),
          .fulfillment = has("FULFILLMENT"),
          .packages = has("PACKAGES"),
          .tax = has("TAX"),
          .payment = has("PAYMENT")};
}

boost::json::object OrderJson(const Order& order, const IncludedData& included, Micros now) {
  json::object shown{{"orderId", order.id}};
  shown["createdTime"] = Iso8601(order.created);
  shown["lastUpdatedTime"] = Iso8601(order.updated);
  json::array programs;
  if (order.prime) programs.emplace_back("PRIME");
  for (const std::string& program : order.programs) programs.emplace_back(program);
  shown["programs"] = std::move(programs);
  json::object channel{{"channelName", order.non_amazon ? "NON_AMAZON" : "AMAZON"}};
  channel["marketplaceId"] = order.marketplace->id;
  channel["marketplaceName"] = order.marketplace->name;
  shown["salesChannel"] = std::move(channel);
  std::string gift_message;
  if ((included.buyer || included.recipient) && ShowsPerson(order)) {
    const Person person = order.Recipient();
    gift_message = person.gift_message;
    if (included.buyer) shown["buyer"] = BuyerJson(order, person, now);
    if (included.recipient) shown["recipient"] = RecipientJson(order, person);
  }
  if (included.proceeds && !IsPending(order.status)) shown["proceeds"] = OrderProceedsJson(order);
  if (included.payment && !IsPending(order.status)) {
    json::object execution{{"paymentMethod", "STANDARD"}};
    shown["payment"] = json::object{{"paymentExecutions", json::array{std::move(execution)}}};
  }
  if (included.fulfillment) shown["fulfillment"] = FulfillmentJson(order);
  json::array items;
  for (const OrderLine& line : order.lines) items.push_back(ItemJson(order, line, included, gift_message));
  shown["orderItems"] = std::move(items);
  if (included.packages) shown["packages"] = PackagesJson(order, now);
  return shown;
}

}  // namespace amazon_sim
