#include "host/orders/order_rules.h"

#include <algorithm>

namespace quayside {

namespace pb = quayside::plugin::v1;

OrderState StateFromStatus(pb::OrderStatus status) {
  switch (status) {
    case pb::ORDER_STATUS_PENDING:
      return OrderState::kPending;
    case pb::ORDER_STATUS_OPEN:
      return OrderState::kOpen;
    case pb::ORDER_STATUS_PARTLY_SHIPPED:
      return OrderState::kPartlyDespatched;
    case pb::ORDER_STATUS_SHIPPED:
      return OrderState::kDespatched;
    case pb::ORDER_STATUS_CANCELLED:
      return OrderState::kCancelled;
    default:
      return OrderState::kHeld;
  }
}

OrderState NextState(OrderState present, OrderState reported) {
  if (present == OrderState::kDespatched) return present;
  if (present == OrderState::kCancelled) return reported == OrderState::kDespatched ? reported : present;
  // Paid is paid.
  if (present == OrderState::kOpen && reported == OrderState::kPending) return present;
  if (present == OrderState::kPartlyDespatched && (reported == OrderState::kPending || reported == OrderState::kOpen))
    return present;
  return reported;
}

Fulfilment ReservesAs(const OrderRecord& order) {
  return order.centre_hold == CentreHold::kTaken ? Fulfilment::kMarketplace : order.fulfilment;
}

Fulfilment LeavesAs(const OrderRecord& order) {
  return order.centre_hold == CentreHold::kNone ? order.fulfilment : Fulfilment::kMarketplace;
}

int64_t ReservedUnits(OrderState state, Fulfilment fulfilment, const OrderLineRecord& line) {
  if (line.item_id == 0 || fulfilment == Fulfilment::kMarketplace) return 0;
  if (state == OrderState::kCancelled || state == OrderState::kDespatched) return 0;
  const int64_t open = int64_t{line.quantity} - line.shipped - line.cancelled;
  return std::max<int64_t>(0, open) * line.units_per_listing;
}

int64_t TakenUnits(Fulfilment fulfilment, const OrderLineRecord& line) {
  if (line.item_id == 0 || fulfilment == Fulfilment::kMarketplace) return line.taken;
  return std::max(line.taken, int64_t{line.shipped} * line.units_per_listing);
}

}  // namespace quayside
