// The life of outbound orders on the simulated clock:
//
//   New -> Received -> Planning -> Processing -> Complete | CompletePartialled
//        \-> Invalid             \-> Unfulfillable          (nothing of it could be sent)
//   New, Received, Planning -> Cancelled                    (the seller's window)
//
// Units are reserved when a shipment is planned and gone when it leaves.
#pragma once

#include <string>
#include <string_view>

#include "core/outbound_order.h"
#include "core/seller_book.h"
#include "core/world.h"

namespace amazon_sim {

// How long an order of that speed takes to leave and then to arrive, at most.
Micros LongestToShip(OutboundSpeed speed);
Micros LongestOnTheWay(OutboundSpeed speed);

// Takes an order whose terms were checked.
OutboundOrder& BeginOutbound(World& world, SellerBook& book, OutboundTerms terms, Micros now);
// What the seller may do: cancel in the window, and let go what is on hold.
Outcome CancelOutbound(SellerBook& book, OutboundOrder& order, Micros now);
Outcome ReleaseOutbound(World& world, SellerBook& book, OutboundOrder& order, Micros now);
// Cancels after the settings' cancel_s, if that is still possible then.
void CancelOutboundLater(World& world, SellerBook& book, OutboundOrder& order, Micros now);
// Stock of a SKU came in: what waits for it is planned.
void WakeOutbound(World& world, SellerBook& book, const FbaStock& stock, Micros now);

// The test author's hand.

// Everything of the order that can be sent leaves now, whatever step it is in.
Outcome ShipOutboundNow(World& world, SellerBook& book, OutboundOrder& order, const std::string& carrier,
                        const std::string& tracking, Micros now);
// The warehouse cancels the pending shipments of its own accord. Their units are planned anew, or given up as
// unfulfillable; they lie on the shelf again, or are looked for (researching).
struct WarehouseCancel {
  bool replan = true;
  bool lost = false;
};
Outcome CancelShipments(World& world, SellerBook& book, OutboundOrder& order, const WarehouseCancel& how, Micros now);
// Ends it as Cancelled, Unfulfillable or Invalid; what has left stays so.
Outcome EndOutbound(SellerBook& book, OutboundOrder& order, OutboundStatus status, Micros now);
// Keeps an order in planning, or lets it go on.
Outcome StickOutbound(World& world, SellerBook& book, OutboundOrder& order, bool stuck, Micros now);

}  // namespace amazon_sim
