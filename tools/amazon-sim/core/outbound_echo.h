// The NON_AMAZON order that Orders shows for an outbound order. It is no sale, and a client that takes it for one sells
// the units twice.
#pragma once

#include "core/outbound_order.h"
#include "core/seller_book.h"

namespace amazon_sim {

void BeginEcho(SellerBook& book, OutboundOrder& order, Micros now);
void ShipEcho(SellerBook& book, const OutboundOrder& order, const OutboundShipment& shipment, Micros now);
// The order is over; what has not left of it will not.
void EndEcho(SellerBook& book, const OutboundOrder& order, Micros now);

}  // namespace amazon_sim
