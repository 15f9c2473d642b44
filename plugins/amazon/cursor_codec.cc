#include "cursor_codec.h"

#include "fnv.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr size_t kMaxStateBytes = size_t{64} * 1024;
constexpr size_t kChecksumChars = 16;

std::string Checksum(std::string_view lane, std::string_view text) {
  uint64_t hash = MixFnv(MixFnv(MixFnv(kFnvStart, lane), std::string_view("\0", 1)), text);
  std::string hex(kChecksumChars, '0');
  for (size_t i = 0; i < kChecksumChars; ++i, hash >>= 4) hex[i] = "0123456789abcdef"[hash & 15];
  return hex;
}

}  // namespace

sdk::Error BadCursor(std::string what) {
  return sdk::Error::Invalid("CURSOR_INVALID", "the cursor cannot be used: " + std::move(what));
}

bool IsFirstCall(const plugin::v1::Cursor& cursor) { return cursor.state().empty(); }

sdk::Result<plugin::v1::Cursor> EncodeCursor(uint32_t schema, std::string_view lane, const json::object& state,
                                             int64_t watermark_us) {
  const std::string text = json::serialize(state);
  plugin::v1::Cursor cursor;
  cursor.set_schema(schema);
  cursor.set_state(Checksum(lane, text) + text);
  cursor.set_watermark_us(watermark_us);
  if (cursor.state().size() > kMaxStateBytes) return sdk::Error::Internal("the position does not fit into a cursor");
  return cursor;
}

sdk::Result<json::object> DecodeCursor(uint32_t schema, std::string_view lane, const plugin::v1::Cursor& cursor) {
  if (cursor.schema() != schema) return BadCursor("schema " + std::to_string(cursor.schema()) + " is unknown");
  const std::string_view state = cursor.state();
  if (state.size() < kChecksumChars) return BadCursor("it is too short");
  if (state.substr(0, kChecksumChars) != Checksum(lane, state.substr(kChecksumChars)))
    return BadCursor("it is damaged or belongs to another lane");
  return PeekCursor(cursor);
}

sdk::Result<json::object> PeekCursor(const plugin::v1::Cursor& cursor) {
  if (cursor.state().size() > kMaxStateBytes) return BadCursor("it is too large");
  if (cursor.state().size() < kChecksumChars) return BadCursor("it is too short");
  boost::system::error_code failed;
  json::value value = json::parse(std::string_view(cursor.state()).substr(kChecksumChars), failed);
  if (failed || !value.is_object()) return BadCursor("it holds no position");
  return std::move(value.get_object());
}

}  // namespace quayside::amazon
