// What every lane's cursor promises: a position comes back as it was, and nothing else is taken for one.
#pragma once

#include <string>

#include "quayside/plugin/v1/types.pb.h"
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

}  // namespace quayside::fuzz
