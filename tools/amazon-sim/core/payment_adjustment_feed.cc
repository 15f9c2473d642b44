// POST_PAYMENT_ADJUSTMENT_DATA: single units cancelled, money given back by line and component.
#include <algorithm>
#include <map>
#include <vector>

#include "core/order_feed_xml.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

// What one AdjustedItem asks for. `quantity` above 0: units to cancel; else money.
struct Adjustment {
  OrderLine* line = nullptr;
  std::string reason;
  std::int64_t quantity = 0;
  struct Part {
    std::string component;
    std::int64_t minor = 0;
  };
  std::vector<Part> parts;
};

bool IsShipping(const std::string& component) { return component == "Shipping" || component == "ShippingTax"; }

// In the smallest unit of the currency, above 0.
std::int64_t ReadMinor(const std::string& text, const Marketplace& marketplace) {
  const std::size_t point = text.find('.');
  std::string digits = text.substr(0, point);
  std::string rest = point == std::string::npos ? "" : text.substr(point + 1);
  while (rest.size() > static_cast<std::size_t>(marketplace.decimals) && rest.back() == '0') rest.pop_back();
  rest.resize(std::max(rest.size(), static_cast<std::size_t>(marketplace.decimals)), '0');
  digits += rest;
  const bool good = rest.size() == static_cast<std::size_t>(marketplace.decimals) && digits.size() <= 12 &&
                    digits.find_first_not_of("0123456789") == std::string::npos && !digits.empty();
  const std::int64_t minor = good ? std::stoll(digits) : 0;
  if (minor <= 0) throw MessageProblem{"'" + text + "' is no amount of " + std::string(marketplace.currency) + "."};
  return minor;
}

Adjustment::Part ReadPart(const MessageTree& component, const Marketplace& marketplace) {
  const std::string type = component.get("Type", "");
  const bool known = type == "Principal" || type == "Tax" || type == "ReturnShipping" || IsShipping(type);
  if (!known) throw MessageProblem{"'" + type + "' is not a component of a price."};
  if (component.get("Amount.<xmlattr>.currency", "") != marketplace.currency) {
    throw MessageProblem{"The amount is not in " + std::string(marketplace.currency) + "."};
  }
  return {type, ReadMinor(component.get("Amount", ""), marketplace)};
}

Adjustment ReadAdjustment(Order& order, const MessageTree& item) {
  Adjustment adjustment{.line = &RequireLine(order, item), .reason = ReadReason(item.get("AdjustmentReason", ""))};
  if (const auto quantity = item.get_optional<std::int64_t>("QuantityCancelled")) {
    if (adjustment.reason != "NO_INVENTORY" && adjustment.reason != "BUYER_CANCELLED") {
      throw MessageProblem{"Units are cancelled for NoInventory or BuyerCanceled only."};
    }
    if (*quantity < 1 || *quantity > adjustment.line->Unshipped()) {
      throw MessageProblem{"QuantityCancelled is more than is left of the item."};
    }
    adjustment.quantity = *quantity;
    return adjustment;
  }
  if (const auto prices = item.get_child_optional("ItemPriceAdjustments")) {
    for (const auto& [name, component] : *prices) {
      if (name == "Component") adjustment.parts.push_back(ReadPart(component, *order.marketplace));
    }
  }
  if (adjustment.parts.empty()) throw MessageProblem{"The item is not adjusted in anything."};
  if (adjustment.line->shipped == 0) throw MessageProblem{"Money is given back for what has shipped."};
  return adjustment;
}

// No more than was paid, with all that was given back before.
void CheckSums(const Order& order, const std::vector<Adjustment>& adjustments) {
  std::map<const OrderLine*, std::int64_t> goods;
  std::int64_t shipping = 0;
  for (const OrderLine& line : order.lines) shipping += line.refunded_shipping_minor;
  for (const Adjustment& adjustment : adjustments) {
    for (const Adjustment::Part& part : adjustment.parts) {
      if (IsShipping(part.component)) shipping += part.minor;
      if (part.component == "Principal" || part.component == "Tax") goods[adjustment.line] += part.minor;
    }
  }
  if (shipping > order.ShippingMinor()) throw MessageProblem{"More is given back than was paid for shipping."};
  for (const auto& [line, minor] : goods) {
    if (line->refunded_minor + minor > line->unit_price_minor * line->quantity) {
      throw MessageProblem{"More is given back than was paid for the item."};
    }
  }
}

PostSaleEntry NewEntry(const FeedContext& context, const Order& order, const Adjustment& adjustment) {
  return {.time = context.now,
          .seller_id = &context.account.book->seller_id(),
          .kind = adjustment.quantity > 0 ? PostSaleEntry::Kind::kCancel : PostSaleEntry::Kind::kRefund,
          .order_id = order.id,
          .item_id = adjustment.line->item_id,
          .sku = std::string(adjustment.line->listing->sku),
          .quantity = adjustment.quantity,
          .reason = adjustment.reason,
          .feed_id = context.feed_id};
}

std::string ApplyAdjustment(const FeedContext& context, Order& order, const Adjustment& adjustment) {
  if (adjustment.quantity > 0) {
    const CancelRequest request{
        .by = "MERCHANT", .reason = adjustment.reason, .restock = adjustment.reason != "NO_INVENTORY"};
    const Outcome outcome =
        context.account.book->CancelUnits(order, *adjustment.line, adjustment.quantity, request, context.now);
    if (outcome.ok()) context.world.ledger.AddPostSale(NewEntry(context, order, adjustment));
    return outcome.refusal;
  }
  for (const Adjustment::Part& part : adjustment.parts) {
    if (part.component == "ReturnShipping") continue;  // taken, and ignored
    (IsShipping(part.component) ? adjustment.line->refunded_shipping_minor : adjustment.line->refunded_minor) +=
        part.minor;
    PostSaleEntry entry = NewEntry(context, order, adjustment);
    entry.component = part.component;
    entry.amount_minor = part.minor;
    context.world.ledger.AddPostSale(std::move(entry));
  }
  context.account.book->TouchOrder(order, context.now);
  return "";
}

std::string Adjust(const FeedContext& context, const MessageTree& message) {
  const auto body = message.get_child_optional("OrderAdjustment");
  if (!body) return "The message holds no OrderAdjustment.";
  Order& order = RequireMerchantOrder(context, *body);
  if (order.status == OrderStatus::kCancelled) return "The order is cancelled.";
  std::vector<Adjustment> adjustments;
  std::map<const OrderLine*, int> named;
  for (const auto& [name, item] : *body) {
    if (name != "AdjustedItem") continue;
    adjustments.push_back(ReadAdjustment(order, item));
    if (++named[adjustments.back().line] > 1) return "An item is named twice.";
  }
  if (adjustments.empty()) return "The message holds no AdjustedItem.";
  const bool refunds =
      std::any_of(adjustments.begin(), adjustments.end(), [](const Adjustment& each) { return each.quantity == 0; });
  if (refunds && body->get("ActionType", "") != "Refund") return "ActionType must be Refund.";
  CheckSums(order, adjustments);
  for (const Adjustment& adjustment : adjustments) {
    if (std::string wrong = ApplyAdjustment(context, order, adjustment); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

const FeedType kPaymentAdjustment{
    "POST_PAYMENT_ADJUSTMENT_DATA",
    [](const FeedContext& context, const std::string& text) { return ProcessOrderFeed(context, text, Adjust); }};

}  // namespace amazon_sim
