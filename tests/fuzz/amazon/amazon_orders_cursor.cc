// The orders lane's cursor, and positions of any content.
#include "cursor_checks.h"
#include "orders_position.h"
#include "tests/fuzz/any_value.h"

namespace {

using quayside::amazon::OrdersPosition;

// The rules a position keeps, which decoding insists on.
OrdersPosition Sensible(OrdersPosition position) {
  position.span_us = std::max<int64_t>(position.span_us, 1);
  if (!position.sequence) return position;
  auto& sequence = *position.sequence;
  sequence.after_us = std::min(sequence.after_us, INT64_MAX - 1);
  sequence.before_us = std::max(sequence.before_us, sequence.after_us + 1);
  sequence.pages &= INT32_MAX;
  sequence.restarts &= INT32_MAX;
  if (sequence.marketplaces.empty()) sequence.marketplaces = "M";
  if (sequence.included_data.empty()) sequence.included_data = "D";
  return position;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(amazon_orders_cursor) {
  const auto decode = [](const plugin::v1::Cursor& cursor) {
    return amazon::DecodeOrdersPosition("orders/eu/A1", cursor);
  };
  const OrdersPosition position = Sensible(ValueReader(input).Take<OrdersPosition>());
  const auto cursor = amazon::EncodeOrdersPosition("orders/eu/A1", position);
  Require(cursor.ok(), "a position has a cursor");
  const auto decoded = decode(cursor.value());
  Require(decoded.ok() && SameValue(decoded.value(), position), "a position survives its cursor");
  Require(!amazon::DecodeOrdersPosition("orders/eu/A2", cursor.value()).ok(), "a cursor of another account is refused");
  CheckTampering(cursor.value(), input, decode);
  CheckAnyState(input, cursor.value().schema(), decode);
}
