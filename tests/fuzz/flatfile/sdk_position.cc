// A cursor by the SDK's own codec: what plugins keep in it comes back, and nothing else is taken for one.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "quayside/position.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

using plugin::v1::Cursor;
using sdk::Position;

constexpr uint32_t kSchema = 3;

// Any bytes as a cursor's state.
void CheckState(std::string_view state) {
  Cursor cursor;
  cursor.set_schema(kSchema);
  cursor.set_state(std::string(state));
  const auto position = Position::Of(true, cursor, kSchema);
  if (!position.ok()) {
    Require(position.error().reason == "CURSOR_INVALID", "what was not made here says so");
    return;
  }
  Require(position.value().empty() == state.empty(), "only no state is an empty position");
  const auto written = position.value().ToCursor(kSchema, 0);
  if (!written.ok()) return;
  constexpr size_t kChecksumBytes = 21;  // which cursors of before there was one do not have
  Require(written.value().state().size() <= state.size() + kChecksumBytes, "a cursor does not grow by being read");
  const auto again = Position::Of(true, written.value(), kSchema);
  Require(again.ok(), "a cursor of ours is taken");
  const auto written_again = again.value().ToCursor(kSchema, 0);
  Require(written_again.ok() && written_again.value().state() == written.value().state(),
          "a position is written in one way only");
}

// Lines by turns: a name, and its value.
void CheckValues(std::string_view input) {
  std::vector<std::pair<std::string, std::string>> values;
  Position position;
  while (!input.empty()) {
    const auto [name, rest] = SplitLine(input);
    const auto [value, behind] = SplitLine(rest);
    input = behind;
    if (name.empty() || name.front() == '!' || name.find('=') != std::string_view::npos) continue;
    position.Set(std::string(name), std::string(value));
    values.emplace_back(name, value);
  }
  position.Set("number", static_cast<int64_t>(values.size()) - 2);
  const auto cursor = position.ToCursor(kSchema, 9);
  if (!cursor.ok()) return;
  const auto read = Position::Of(true, cursor.value(), kSchema);
  Require(read.ok(), "a position survives its cursor");
  for (const auto& [name, value] : values)
    Require(read.value().Text(name) == position.Text(name), "a value comes back as it was");
  const auto number = read.value().Integer("number", 0);
  Require(number.ok() && number.value() == static_cast<int64_t>(values.size()) - 2, "a number comes back as it was");
  Require(!Position::Of(true, cursor.value(), kSchema + 1).ok(), "a cursor of another schema is refused");
  Cursor cut = cursor.value();
  cut.mutable_state()->pop_back();
  Require(!Position::Of(true, cut, kSchema).ok(), "a truncated cursor is refused");
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(sdk_position) {
  CheckState(input);
  CheckValues(input);
}
