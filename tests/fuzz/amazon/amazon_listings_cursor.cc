// The listings lane's cursor, and positions of any content.
#include "any_value.h"
#include "cursor_checks.h"
#include "listings_position.h"

QUAYSIDE_FUZZ_TARGET(amazon_listings_cursor) {
  using amazon::ListingsPosition;
  static constexpr char kLane[] = "listings/eu/A1/M1";
  const auto decode = [](const plugin::v1::Cursor& cursor) { return amazon::DecodeListingsPosition(kLane, cursor); };
  const auto position = ValueReader(input).Take<ListingsPosition>();
  const auto cursor = amazon::EncodeListingsPosition(kLane, position);
  Require(cursor.ok(), "a position has a cursor");
  // Not every position is one the lane can be at, and a cursor leaves out what does not matter where it is.
  if (const auto decoded = decode(cursor.value()); decoded.ok()) {
    const auto again = amazon::EncodeListingsPosition(kLane, decoded.value());
    Require(again.ok() && again.value().state() == cursor.value().state(), "a cursor is written in one way only");
    const auto decoded_again = decode(again.value());
    Require(decoded_again.ok() && SameValue(decoded_again.value(), decoded.value()), "a position survives its cursor");
  }
  Require(!amazon::DecodeListingsPosition("listings/eu/A1/M2", cursor.value()).ok(),
          "a cursor of another marketplace is refused");
  CheckTampering(cursor.value(), input, decode);
  CheckAnyState(input, cursor.value().schema(), decode);
}
