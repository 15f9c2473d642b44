#include "listings_position.h"

#include <boost/json.hpp>

#include "cursor_codec.h"
#include "json_fields.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

json::object WindowJson(const ListingsWindow& window) {
  return {{"from", window.from_us},      {"to", window.to_us},        {"token", window.token},
          {"token_us", window.token_us}, {"first", window.first_sku}, {"results", window.results},
          {"seen", window.seen},         {"rereads", window.rereads}};
}

ListingsWindow ReadWindow(JsonFields& fields, const json::object& object) {
  ListingsWindow window;
  window.from_us = fields.GetInteger(object, "from").value_or(0);
  window.to_us = fields.GetInteger(object, "to").value_or(0);
  window.token = fields.GetText(object, "token");
  window.token_us = fields.GetInteger(object, "token_us").value_or(0);
  window.first_sku = fields.GetText(object, "first");
  window.results = fields.NeedCount(object, "results");
  window.seen = fields.NeedCount(object, "seen");
  window.rereads = fields.NeedCount(object, "rereads");
  if (window.to_us <= window.from_us) fields.Fail("to", "is not after its beginning");
  return window;
}

bool Flag(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

sdk::Result<plugin::v1::Cursor> EncodeListingsPosition(const std::string& lane, const ListingsPosition& position) {
  json::object state{{"watermark", position.watermark_us}, {"full_due", position.full_due_us}};
  if (position.clock_offset_us) state["clock"] = *position.clock_offset_us;
  if (position.reading) {
    state["run"] = {{"full", position.full},          {"pass", position.pass_id},
                    {"started", position.started_us}, {"end", position.end_us},
                    {"tail", position.tail},          {"catch_ups", position.catch_ups},
                    {"broken", position.broken},      {"window", WindowJson(position.window)}};
  }
  return EncodeCursor(lane, state, position.watermark_us);
}

sdk::Result<ListingsPosition> DecodeListingsPosition(const std::string& lane, const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(lane, cursor));
  JsonFields fields;
  ListingsPosition position;
  position.watermark_us = fields.GetInteger(state, "watermark").value_or(0);
  position.full_due_us = fields.GetInteger(state, "full_due").value_or(0);
  position.clock_offset_us = fields.GetInteger(state, "clock");
  if (const json::object* run = fields.GetObject(state, "run")) {
    position.reading = true;
    position.full = Flag(*run, "full");
    position.pass_id = fields.GetText(*run, "pass");
    position.started_us = fields.GetInteger(*run, "started").value_or(0);
    position.end_us = fields.GetInteger(*run, "end").value_or(0);
    position.tail = Flag(*run, "tail");
    position.catch_ups = fields.NeedCount(*run, "catch_ups");
    position.broken = Flag(*run, "broken");
    const json::object* window = fields.GetObject(*run, "window");
    if (window != nullptr) position.window = ReadWindow(fields, *window);
    if (window == nullptr) fields.Fail("window", "is missing");
  }
  if (position.watermark_us != cursor.watermark_us()) fields.Fail("watermark", "differs from its copy inside");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

}  // namespace quayside::amazon
