#include "outbound_position.h"

#include "cursor_codec.h"
#include "json_fields.h"

namespace quayside::amazon {

namespace json = boost::json;

sdk::Result<plugin::v1::Cursor> EncodeOutboundPosition(const std::string& lane, const std::string& version,
                                                       const OutboundPosition& position) {
  json::object state{{"until", position.read_until_us}};
  if (position.reading) {
    json::array waiting;
    for (const std::string& id : position.waiting) waiting.emplace_back(id);
    state["reading"] = json::object{
        {"version", version},           {"began", position.began_us},    {"since", position.since_us},
        {"token", position.token},      {"token_at", position.token_us}, {"listed", position.listed ? 1 : 0},
        {"waiting", std::move(waiting)}};
  }
  return EncodeCursor(kOutboundCursorSchema, lane, state, position.read_until_us);
}

sdk::Result<OutboundPosition> DecodeOutboundPosition(const std::string& lane, const std::string& version,
                                                     const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(kOutboundCursorSchema, lane, cursor));
  JsonFields fields;
  OutboundPosition position;
  position.read_until_us = fields.GetInteger(state, "until").value_or(0);
  const json::object* reading = fields.GetObject(state, "reading");
  if (reading != nullptr && fields.GetText(*reading, "version") == version) {
    position.reading = true;
    position.began_us = fields.GetInteger(*reading, "began").value_or(0);
    position.since_us = fields.GetInteger(*reading, "since").value_or(0);
    position.token = fields.GetText(*reading, "token");
    position.token_us = fields.GetInteger(*reading, "token_at").value_or(0);
    position.listed = fields.GetInteger(*reading, "listed").value_or(0) != 0;
    ForEachText(fields, fields.GetArray(*reading, "waiting"), "waiting",
                [&](std::string_view id) { position.waiting.emplace_back(id); });
  }
  if (position.read_until_us != cursor.watermark_us()) fields.Fail("until", "differs from the cursor's watermark");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

}  // namespace quayside::amazon
