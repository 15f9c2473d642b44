// The life cycle of an order as pure functions: what a marketplace's report means for what we have.
#pragma once

#include <cstdint>

#include "host/store/records.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

[[nodiscard]] OrderState StateFromStatus(quayside::plugin::v1::OrderStatus status);

// The state after a report. A despatched order never reopens, a partly despatched one is never whole again, and a
// cancelled one only moves on to despatched; an unknown status holds what is not finished.
[[nodiscard]] OrderState NextState(OrderState present, OrderState reported);

// Units of the item the line holds: open units times units per listing, while the order is one that reserves. Orders
// the marketplace fulfils hold nothing of the merchant's stock.
[[nodiscard]] int64_t ReservedUnits(OrderState state, Fulfilment fulfilment, const OrderLineRecord& line);

// As whose an order's units count: for what is reserved, and for what leaves the level. Of an order that a fulfilment
// centre ships for the merchant nothing leaves a level of ours, and nothing is reserved once the centre has taken it
// off its own.
[[nodiscard]] Fulfilment ReservesAs(const OrderRecord& order);
[[nodiscard]] Fulfilment LeavesAs(const OrderRecord& order);

// Units of the item that have left because somebody shipped them; never less than before.
[[nodiscard]] int64_t TakenUnits(Fulfilment fulfilment, const OrderLineRecord& line);

}  // namespace quayside
