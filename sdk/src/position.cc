#include "quayside/position.h"

#include <charconv>
#include <utility>

#include "quayside/checksum.h"

namespace quayside::sdk {
namespace {

constexpr size_t kLongestState = size_t{64} << 10;
// Before the values: a checksum over them, named as no value is. Cursors of before there was one have none.
constexpr char kChecksum[] = "!";
constexpr size_t kChecksumDigits = 16;

Error NotOurs() { return Error::Invalid("CURSOR_INVALID", "the cursor was not made by this plugin"); }

// "name=5:value" from the front of `state`. False when it begins with something else.
bool Take(std::string_view& state, std::string& name, std::string& value) {
  const size_t equals = state.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  name = state.substr(0, equals);
  state.remove_prefix(equals + 1);
  size_t size = 0;
  const auto [end, error] = std::from_chars(state.data(), state.data() + state.size(), size);
  if (error != std::errc()) return false;
  state.remove_prefix(static_cast<size_t>(end - state.data()));
  if (state.empty() || state.front() != ':' || state.size() - 1 < size) return false;
  value = state.substr(1, size);
  state.remove_prefix(1 + size);
  return true;
}

}  // namespace

Result<Position> Position::Of(bool has_cursor, const pb::Cursor& cursor, uint32_t schema, std::string_view lane) {
  Position position;
  if (!has_cursor) return position;
  if (cursor.schema() != schema) {
    return Error::Invalid("CURSOR_SCHEMA_UNKNOWN", "this version reads cursors of schema " + std::to_string(schema) +
                                                       ", not " + std::to_string(cursor.schema()));
  }
  std::string unsealed;
  if (!lane.empty()) {
    QS_TRY(unsealed, Unsealed(lane, cursor.state()));
  }
  std::string_view state = lane.empty() ? std::string_view(cursor.state()) : std::string_view(unsealed);
  if (state.starts_with(kChecksum)) {
    std::string name;
    std::string sum;
    if (!Take(state, name, sum) || name != kChecksum || state.empty() || sum != ShortHash(state)) return NotOurs();
  }
  while (!state.empty()) {
    std::string name;
    std::string value;
    if (!Take(state, name, value) || !position.values_.emplace(std::move(name), std::move(value)).second)
      return NotOurs();
  }
  return position;
}

std::string Position::Text(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : found->second;
}

Result<int64_t> Position::Integer(const std::string& name, int64_t otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  int64_t value = 0;
  const char* stop = found->second.data() + found->second.size();
  const auto [end, error] = std::from_chars(found->second.data(), stop, value);
  if (error != std::errc() || end != stop) return NotOurs();
  return value;
}

Result<pb::Cursor> Position::ToCursor(uint32_t schema, int64_t watermark_us, std::string_view lane) const {
  std::string state;
  for (const auto& [name, value] : values_) state += name + "=" + std::to_string(value.size()) + ":" + value;
  if (!lane.empty()) {
    state = Sealed(lane, state);
  } else if (!state.empty()) {
    state.insert(0, std::string(kChecksum) + "=" + std::to_string(kChecksumDigits) + ":" + ShortHash(state));
  }
  if (state.size() > kLongestState)
    return Error::Invalid("CURSOR_TOO_LONG", "a cursor of " + std::to_string(state.size()) + " bytes is not kept");
  pb::Cursor cursor;
  cursor.set_schema(schema);
  cursor.set_state(std::move(state));
  cursor.set_watermark_us(watermark_us);
  return cursor;
}

}  // namespace quayside::sdk
