// POST_ORDER_FULFILLMENT_DATA: packages confirmed in bulk, tracked or not, as an XML envelope.
#include "core/order_feed_xml.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

constexpr Micros kClocksApart = 10 * kMinute;

// What is wrong with the message; empty: it was done.
std::string Confirm(const FeedContext& context, const MessageTree& message) {
  SellerBook& book = *context.account.book;
  const auto body = message.get_child_optional("OrderFulfillment");
  if (!body) return "The message holds no OrderFulfillment.";
  const std::string id = body->get("AmazonOrderID", "");
  Order* order = book.FindOrder(id);
  if (!order) return "There is no order '" + id + "'.";
  if (order->by_amazon) return "An order that Amazon fulfils cannot be confirmed.";
  ShipRequest request;
  request.reference = body->get("MerchantFulfillmentID", "");
  if (request.reference.empty()) return "MerchantFulfillmentID is missing.";
  const auto shipped = ParseIso8601(body->get("FulfillmentDate", ""));
  if (!shipped || *shipped > context.now + kClocksApart) return "FulfillmentDate is no date-time of the past.";
  request.shipped_at = *shipped;
  request.carrier = body->get("FulfillmentData.CarrierCode", body->get("FulfillmentData.CarrierName", ""));
  if (request.carrier.empty()) return "CarrierCode or CarrierName is missing.";
  request.tracking = body->get("FulfillmentData.ShipperTrackingNumber", "");
  for (const auto& [name, item] : *body) {
    if (name != "Item") continue;
    const std::string item_id = item.get("AmazonOrderItemCode", "");
    const OrderLine* line = FindLine(*order, item_id);
    if (!line) return "The order has no item '" + item_id + "'.";
    request.items.emplace_back(line->item_id, item.get<std::int64_t>("Quantity", 0));
  }
  if (request.items.empty()) return "The message holds no Item.";
  return book.Ship(*order, request, context.now).refusal;
}

}  // namespace

const FeedType kOrderFulfillment{
    "POST_ORDER_FULFILLMENT_DATA",
    [](const FeedContext& context, const std::string& text) { return ProcessOrderFeed(context, text, Confirm); }};

}  // namespace amazon_sim
