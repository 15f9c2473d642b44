// The stock lane's cursor, and positions of any content.
#include "any_value.h"
#include "cursor_checks.h"
#include "fba_position.h"

QUAYSIDE_FUZZ_TARGET(amazon_fba_cursor) {
  using amazon::StockPosition;
  static constexpr char kLane[] = "stock/eu/A1/M1";
  const auto decode = [](const plugin::v1::Cursor& cursor) { return amazon::DecodeStockPosition(kLane, cursor); };
  const auto position = ValueReader(input).Take<StockPosition>();
  const auto cursor = amazon::EncodeStockPosition(kLane, position);
  Require(cursor.ok(), "a position has a cursor");
  // Not every position is one the lane can be at, and a cursor leaves out what does not matter where it is.
  if (const auto decoded = decode(cursor.value()); decoded.ok()) {
    const auto again = amazon::EncodeStockPosition(kLane, decoded.value());
    Require(again.ok() && again.value().state() == cursor.value().state(), "a cursor is written in one way only");
    const auto decoded_again = decode(again.value());
    Require(decoded_again.ok() && SameValue(decoded_again.value(), decoded.value()), "a position survives its cursor");
  }
  Require(!amazon::DecodeStockPosition("stock/eu/A1/M2", cursor.value()).ok(), "a cursor of another pool is refused");
  CheckTampering(cursor.value(), input, decode);
  CheckAnyState(input, cursor.value().schema(), decode);
}
