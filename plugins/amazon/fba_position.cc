#include "fba_position.h"

#include "cursor_codec.h"
#include "json_fields.h"

namespace quayside::amazon {

namespace json = boost::json;

sdk::Result<plugin::v1::Cursor> EncodeStockPosition(const std::string& lane, const StockPosition& position) {
  json::object state{
      {"until", position.read_until_us}, {"next_pass", position.next_pass_us}, {"serial", position.serial}};
  if (position.reading) {
    state["reading"] =
        json::object{{"began", position.began_us}, {"from", position.changed_from_us}, {"pass", position.pass_id},
                     {"token", position.token},    {"token_at", position.token_us},    {"done", position.done}};
  }
  return EncodeCursor(kStockCursorSchema, lane, state, position.read_until_us);
}

sdk::Result<StockPosition> DecodeStockPosition(const std::string& lane, const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(kStockCursorSchema, lane, cursor));
  JsonFields fields;
  StockPosition position;
  position.read_until_us = fields.GetInteger(state, "until").value_or(0);
  position.next_pass_us = fields.GetInteger(state, "next_pass").value_or(0);
  position.serial = fields.GetCount(state, "serial", 0);
  if (const json::object* reading = fields.GetObject(state, "reading")) {
    position.reading = true;
    position.began_us = fields.GetInteger(*reading, "began").value_or(0);
    position.changed_from_us = fields.GetInteger(*reading, "from").value_or(0);
    position.pass_id = fields.GetText(*reading, "pass");
    position.token = fields.GetText(*reading, "token");
    position.token_us = fields.GetInteger(*reading, "token_at").value_or(0);
    position.done = fields.GetInteger(*reading, "done").value_or(0);
  }
  if (position.read_until_us != cursor.watermark_us()) fields.Fail("until", "differs from the cursor's watermark");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

}  // namespace quayside::amazon
