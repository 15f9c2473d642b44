// The cursor of the changes of orders to the warehouse, and positions of any content.
#include "cursor_checks.h"
#include "outbound_position.h"

QUAYSIDE_FUZZ_TARGET(amazon_outbound_cursor) {
  const std::string version = "2026-07-04";
  const auto encode = [&](const std::string& lane, const amazon::OutboundPosition& position) {
    return amazon::EncodeOutboundPosition(lane, version, position);
  };
  const auto decode = [&](const std::string& lane, const plugin::v1::Cursor& cursor) {
    return amazon::DecodeOutboundPosition(lane, version, cursor);
  };
  CheckLaneCursor<amazon::OutboundPosition>(input, "outbound/eu/A1", "outbound/eu/A2", encode, decode);

  const auto cursor = encode("outbound/eu/A1", ValueReader(input).Take<amazon::OutboundPosition>());
  const auto of_the_other = amazon::DecodeOutboundPosition("outbound/eu/A1", "2020-07-01", cursor.value());
  Require(of_the_other.ok() && !of_the_other.value().reading, "a page of the other version is none of this one's");
}
