// POST_ORDER_ACKNOWLEDGEMENT_DATA. In spite of its name it is how a merchant cancels whole orders.
#include <algorithm>
#include <map>

#include "core/order_feed_xml.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

// The reason of each line the message names.
std::map<const OrderLine*, std::string> ReadCancelledLines(Order& order, const MessageTree& body) {
  std::map<const OrderLine*, std::string> reasons;
  for (const auto& [name, item] : body) {
    if (name != "Item") continue;
    const OrderLine& line = RequireLine(order, item);
    if (!reasons.emplace(&line, ReadReason(item.get("CancelReason", ""))).second) {
      throw MessageProblem{"An item is named twice."};
    }
  }
  return reasons;
}

void NoteLines(const FeedContext& context, const Order& order, PostSaleEntry::Kind kind, const std::string& reason) {
  const SellerBook& book = *context.account.book;
  for (const OrderLine& line : order.lines) {
    const bool refund = kind == PostSaleEntry::Kind::kRefundOfShipped;
    context.world.ledger.AddPostSale(
        {.time = context.now,
         .seller_id = &book.seller_id(),
         .kind = kind,
         .order_id = order.id,
         .item_id = line.item_id,
         .sku = std::string(line.listing->sku),
         .quantity = line.Unshipped(),
         .component = refund ? "Principal" : "",
         .amount_minor = refund ? line.unit_price_minor * line.quantity - line.refunded_minor : 0,
         .reason = reason,
         .feed_id = context.feed_id});
  }
}

// Amazon takes a cancellation after the first package for a wish to give all the money back.
void RefundShippedOrder(const FeedContext& context, Order& order, const std::string& reason) {
  NoteLines(context, order, PostSaleEntry::Kind::kRefundOfShipped, reason);
  for (OrderLine& line : order.lines) line.refunded_minor = line.unit_price_minor * line.quantity;
  context.account.book->TouchOrder(order, context.now);
}

std::string Acknowledge(const FeedContext& context, const MessageTree& message) {
  const auto body = message.get_child_optional("OrderAcknowledgement");
  if (!body) return "The message holds no OrderAcknowledgement.";
  Order& order = RequireMerchantOrder(context, *body);
  const std::string status = body->get("StatusCode", "");
  if (status != "Success" && status != "Failure") return "StatusCode is Success or Failure.";
  const auto reasons = ReadCancelledLines(order, *body);
  // Success says nothing Amazon needs to know, and a bare Failure does nothing.
  if (status == "Success" || reasons.empty()) return "";
  if (reasons.size() != order.lines.size()) return "A cancellation names every item of the order.";
  if (order.status == OrderStatus::kCancelled) return "The order is cancelled already.";
  const std::string& reason = reasons.begin()->second;
  const bool some_left =
      std::any_of(order.lines.begin(), order.lines.end(), [](const OrderLine& line) { return line.shipped > 0; });
  if (some_left) {
    RefundShippedOrder(context, order, reason);
    return "";
  }
  NoteLines(context, order, PostSaleEntry::Kind::kCancel, reason);
  return context.account.book
      ->Cancel(order, {.by = "MERCHANT", .reason = reason, .restock = reason != "NO_INVENTORY"}, context.now)
      .refusal;
}

}  // namespace

const FeedType kOrderAcknowledgement{
    "POST_ORDER_ACKNOWLEDGEMENT_DATA",
    [](const FeedContext& context, const std::string& text) { return ProcessOrderFeed(context, text, Acknowledge); }};

}  // namespace amazon_sim
