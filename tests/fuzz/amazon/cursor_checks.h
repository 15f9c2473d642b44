// What every lane's cursor promises: a position comes back as it was, and nothing else is taken for one.
#pragma once

#include <string>

#include "quayside/plugin/v1/types.pb.h"
#include "tests/fuzz/any_value.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {

// `decode` answers a Result. `cursor` is one of ours.
template <typename Decode>
void CheckTampering(const plugin::v1::Cursor& cursor, std::string_view input, Decode decode) {
  const std::string& state = cursor.state();
  plugin::v1::Cursor other = cursor;
  const size_t at = input.empty() ? 0 : static_cast<unsigned char>(input.back()) * state.size() / 256;
  other.mutable_state()->at(at) = static_cast<char>(state[at] ^ (1 + static_cast<unsigned char>(input.size()) % 255));
  Require(!decode(other).ok(), "a cursor with another byte is refused");
  other.set_state(state.substr(0, at));
  Require(!decode(other).ok(), "a truncated cursor is refused");
  other.set_state(state + " ");
  Require(!decode(other).ok(), "a cursor with something behind it is refused");
  other = cursor;
  other.set_schema(cursor.schema() + 1);
  Require(!decode(other).ok(), "a cursor of a later layout is refused");
  other = cursor;
  other.set_watermark_us(cursor.watermark_us() ^ 1);
  Require(!decode(other).ok(), "a watermark that was moved by hand is refused");
}

// Any bytes as a cursor's state.
template <typename Decode>
void CheckAnyState(std::string_view input, uint32_t schema, Decode decode) {
  plugin::v1::Cursor cursor;
  cursor.set_schema(schema);
  cursor.set_state(std::string(input));
  (void)decode(cursor);
}

// Of a lane whose cursor leaves out what does not matter where it is, so that not every position comes back whole.
// `encode` and `decode` take the lane's name; `other` is the name of another lane.
template <typename Position, typename Encode, typename Decode>
void CheckLaneCursor(std::string_view input, const std::string& lane, const std::string& other, Encode encode,
                     Decode decode) {
  const auto decode_here = [&](const plugin::v1::Cursor& cursor) { return decode(lane, cursor); };
  const auto cursor = encode(lane, ValueReader(input).Take<Position>());
  Require(cursor.ok(), "a position has a cursor");
  if (const auto decoded = decode_here(cursor.value()); decoded.ok()) {
    const auto again = encode(lane, decoded.value());
    Require(again.ok() && again.value().state() == cursor.value().state(), "a cursor is written in one way only");
    const auto decoded_again = decode_here(again.value());
    Require(decoded_again.ok() && SameValue(decoded_again.value(), decoded.value()), "a position survives its cursor");
  }
  Require(!decode(other, cursor.value()).ok(), "a cursor of another lane is refused");
  CheckTampering(cursor.value(), input, decode_here);
  CheckAnyState(input, cursor.value().schema(), decode_here);
}

}  // namespace quayside::fuzz
