#include "core/outbound_echo.h"

#include "core/json_fields.h"

namespace amazon_sim {
namespace {

Person Recipient(const boost::json::object& address) {
  return {.name = TextField(address, "name"),
          .address_line1 = TextField(address, "addressLine1"),
          .address_line2 = TextField(address, "addressLine2"),
          .city = TextField(address, "city"),
          .state = TextField(address, "stateOrRegion"),
          .postal_code = TextField(address, "postalCode"),
          .country = TextField(address, "countryCode"),
          .phone = TextField(address, "phone")};
}

}  // namespace

void BeginEcho(SellerBook& book, OutboundOrder& order, Micros now) {
  OrderDraft draft{.marketplace = order.terms.marketplace,
                   .status = OrderStatus::kUnshipped,
                   .by_amazon = true,
                   .non_amazon = true,
                   .person = Recipient(order.terms.address),
                   .origin = "outbound"};
  for (const OutboundLine& line : order.terms.lines) {
    // A listing that was deleted meanwhile has stock all the same, but no order can name it.
    Listing* listing = book.FindListing(line.listing->sku);
    if (!listing) return;
    draft.lines.emplace_back(listing, line.quantity);
  }
  Order* echo = nullptr;
  if (book.PlaceOrder(std::move(draft), now, &echo).ok()) order.echo_id = echo->id;
}

void ShipEcho(SellerBook& book, const OutboundOrder& order, const OutboundShipment& shipment, Micros now) {
  Order* echo = order.echo_id.empty() ? nullptr : book.FindOrder(order.echo_id);
  if (!echo) return;
  ShipRequest request{.carrier = shipment.carrier, .tracking = shipment.tracking};
  for (const ShipmentItem& item : shipment.items) {
    request.items.emplace_back(echo->lines[item.line].item_id, item.quantity);
  }
  // A test author may have moved the echo elsewhere; then it stays there.
  (void)book.Ship(*echo, request, now);
}

void EndEcho(SellerBook& book, const OutboundOrder& order, Micros now) {
  Order* echo = order.echo_id.empty() ? nullptr : book.FindOrder(order.echo_id);
  if (!echo || echo->status != OrderStatus::kUnshipped) return;
  if (order.status == OutboundStatus::kCancelled) {
    (void)book.Cancel(*echo, {.by = "MERCHANT", .reason = "MERCHANT_CANCELLED"}, now);
  } else {
    book.SetStatus(*echo, OrderStatus::kUnfulfillable, now);
  }
}

}  // namespace amazon_sim
