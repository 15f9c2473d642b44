// Where a lane stands among its files: the cursor, and positions of any content.
#include <cstdint>
#include <string>

#include "position.h"
#include "tests/fuzz/any_value.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

using flatfile::DecodePosition;
using flatfile::FilePosition;
using plugin::v1::Cursor;

constexpr char kLane[] = "orders";

FilePosition AnyPosition(std::string_view input) {
  auto position = ValueReader(input).Take<FilePosition>();
  constexpr int kStates = static_cast<int>(flatfile::FileState::kUnusable) + 1;
  position.state = static_cast<flatfile::FileState>(static_cast<int>(position.state) % kStates);
  return position;
}

void CheckDamage(const Cursor& cursor, std::string_view input) {
  const std::string& state = cursor.state();
  const size_t at = input.empty() ? 0 : static_cast<unsigned char>(input.back()) * state.size() / 256;
  Cursor other = cursor;
  other.mutable_state()->at(at) = static_cast<char>(state[at] ^ (1 + static_cast<unsigned char>(input.size()) % 255));
  Require(!DecodePosition(kLane, other).ok(), "a cursor with another byte is refused");
  // None at all is the beginning of a lane.
  other.set_state(state.substr(0, at == 0 ? 1 : at));
  Require(!DecodePosition(kLane, other).ok(), "a truncated cursor is refused");
  other.set_state(state + " ");
  Require(!DecodePosition(kLane, other).ok(), "a cursor with something behind it is refused");
  other = cursor;
  other.set_schema(cursor.schema() + 1);
  Require(!DecodePosition(kLane, other).ok(), "a cursor of a later layout is refused");
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(flatfile_position) {
  const FilePosition position = AnyPosition(input);
  const Cursor cursor = flatfile::EncodePosition(kLane, position, 7);
  Require(cursor.watermark_us() == 7, "the watermark is the one that was given");
  const auto decoded = DecodePosition(kLane, cursor);
  Require(decoded.ok() && SameValue(decoded.value(), position), "a position comes back as it was");
  Require(!DecodePosition("listings", cursor).ok(), "a cursor of another lane is refused");
  CheckDamage(cursor, input);

  Cursor any;
  any.set_schema(flatfile::kCursorSchema);
  any.set_state(std::string(input));
  const auto taken = DecodePosition(kLane, any);
  if (!taken.ok()) Require(taken.error().reason == "CURSOR_INVALID", "whatever else it is, it says what is wrong");
}
