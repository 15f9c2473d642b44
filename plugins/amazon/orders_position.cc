#include "orders_position.h"

#include <boost/json.hpp>

#include "cursor_codec.h"
#include "json_fields.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

json::object SequenceJson(const OrdersSequence& sequence) {
  return {
      {"after", sequence.after_us},    {"before", sequence.before_us},          {"until", sequence.until_us},
      {"more", sequence.more_windows}, {"marketplaces", sequence.marketplaces}, {"included", sequence.included_data},
      {"token", sequence.token},       {"token_us", sequence.token_us},         {"first", sequence.first_id},
      {"pages", sequence.pages},       {"restarts", sequence.restarts}};
}

OrdersSequence ReadSequence(JsonFields& fields, const json::object& object) {
  OrdersSequence sequence;
  sequence.after_us = fields.GetInteger(object, "after").value_or(0);
  sequence.before_us = fields.GetInteger(object, "before").value_or(0);
  sequence.until_us = fields.GetInteger(object, "until").value_or(0);
  const json::value* more = object.if_contains("more");
  sequence.more_windows = more != nullptr && more->is_bool() && more->get_bool();
  sequence.marketplaces = fields.NeedText(object, "marketplaces");
  sequence.included_data = fields.NeedText(object, "included");
  sequence.token = fields.GetText(object, "token");
  sequence.token_us = fields.GetInteger(object, "token_us").value_or(0);
  sequence.first_id = fields.GetText(object, "first");
  sequence.pages = fields.NeedCount(object, "pages");
  sequence.restarts = fields.NeedCount(object, "restarts");
  if (sequence.before_us <= sequence.after_us) fields.Fail("before", "is not after its beginning");
  return sequence;
}

}  // namespace

sdk::Result<plugin::v1::Cursor> EncodeOrdersPosition(const std::string& lane, const OrdersPosition& position) {
  json::object state{{"from", position.from_us}, {"watermark", position.watermark_us}, {"span", position.span_us}};
  if (position.to_us != 0) state["to"] = position.to_us;
  if (position.clock_offset_us) state["clock"] = *position.clock_offset_us;
  if (position.sequence) state["sequence"] = SequenceJson(*position.sequence);
  return EncodeCursor(kOrdersCursorSchema, lane, state, position.watermark_us);
}

sdk::Result<OrdersPosition> DecodeOrdersPosition(const std::string& lane, const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(kOrdersCursorSchema, lane, cursor));
  JsonFields fields;
  OrdersPosition position;
  position.from_us = fields.GetInteger(state, "from").value_or(0);
  position.to_us = fields.GetInteger(state, "to").value_or(0);
  position.watermark_us = fields.GetInteger(state, "watermark").value_or(0);
  position.span_us = fields.GetInteger(state, "span").value_or(0);
  position.clock_offset_us = fields.GetInteger(state, "clock");
  if (const json::object* sequence = fields.GetObject(state, "sequence"))
    position.sequence = ReadSequence(fields, *sequence);
  if (position.span_us <= 0) fields.Fail("span", "is not positive");
  if (position.watermark_us != cursor.watermark_us()) fields.Fail("watermark", "differs from its copy inside");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

}  // namespace quayside::amazon
