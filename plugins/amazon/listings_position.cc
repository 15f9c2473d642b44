#include "listings_position.h"

#include <boost/json.hpp>

#include "cursor_codec.h"
#include "json_fields.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr uint32_t kSchemaWithoutReports = 1;
constexpr int64_t kLastReading = static_cast<int64_t>(Reading::kListed);

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

json::object RunJson(const ListingsPosition& position) {
  json::object run{{"full", position.full},
                   {"pass", position.pass_id},
                   {"started", position.started_us},
                   {"end", position.end_us},
                   {"tail", position.tail},
                   {"catch_ups", position.catch_ups},
                   // A version that knows no doubts would go on without them.
                   {"broken", position.broken || !position.report.doubts.empty()},
                   {"window", WindowJson(position.window)},
                   {"what", static_cast<int64_t>(position.what)},
                   {"wanted", position.wanted},
                   {"no_report", position.no_report},
                   {"total", position.total},
                   {"done", position.done}};
  if (!position.report.doubts.empty() && !position.broken) run["sound"] = true;
  if (position.partly) run["partly"] = true;
  if (position.what != Reading::kSearch) run["report"] = ReportJson(position.report);
  return run;
}

Reading ReadWhat(JsonFields& fields, const json::object& run) {
  const int64_t what = fields.GetInteger(run, "what").value_or(0);
  if (what < 0 || what > kLastReading) {
    fields.Fail("what", "is unknown");
    return Reading::kSearch;
  }
  return static_cast<Reading>(what);
}

void ReadRun(JsonFields& fields, const json::object& run, ListingsPosition& position) {
  position.reading = true;
  position.full = Flag(run, "full");
  position.pass_id = fields.GetText(run, "pass");
  position.started_us = fields.GetInteger(run, "started").value_or(0);
  position.end_us = fields.GetInteger(run, "end").value_or(0);
  position.tail = Flag(run, "tail");
  position.catch_ups = fields.NeedCount(run, "catch_ups");
  position.broken = Flag(run, "broken") && !Flag(run, "sound");
  position.partly = Flag(run, "partly");
  position.what = ReadWhat(fields, run);
  position.wanted = Flag(run, "wanted");
  position.no_report = Flag(run, "no_report");
  position.total = fields.GetInteger(run, "total").value_or(0);
  position.done = fields.GetInteger(run, "done").value_or(0);
  const json::object* window = fields.GetObject(run, "window");
  if (window != nullptr) position.window = ReadWindow(fields, *window);
  if (window == nullptr) fields.Fail("window", "is missing");
  if (position.what == Reading::kSearch) return;
  const json::object* report = fields.GetObject(run, "report");
  if (report != nullptr) position.report = ReadReport(fields, *report);
  if (report == nullptr) fields.Fail("report", "is missing");
}

ListingsPosition ReadPosition(JsonFields& fields, const json::object& state) {
  ListingsPosition position;
  position.watermark_us = fields.GetInteger(state, "watermark").value_or(0);
  position.full_due_us = fields.GetInteger(state, "full_due").value_or(0);
  position.next_pass_us = fields.GetInteger(state, "next_pass").value_or(0);
  position.failed_passes = fields.GetCount(state, "failed", 0);
  position.spent_us = fields.GetInteger(state, "spent").value_or(0);
  position.clock_offset_us = fields.GetInteger(state, "clock");
  if (const json::object* run = fields.GetObject(state, "run")) ReadRun(fields, *run, position);
  return position;
}

}  // namespace

sdk::Result<plugin::v1::Cursor> EncodeListingsPosition(const std::string& lane, const ListingsPosition& position) {
  json::object state{{"watermark", position.watermark_us},
                     {"full_due", position.full_due_us},
                     {"next_pass", position.next_pass_us},
                     {"failed", position.failed_passes},
                     {"spent", position.spent_us}};
  if (position.clock_offset_us) state["clock"] = *position.clock_offset_us;
  if (position.reading) state["run"] = RunJson(position);
  return EncodeCursor(kListingsCursorSchema, lane, state, position.watermark_us);
}

sdk::Result<ListingsPosition> DecodeListingsPosition(const std::string& lane, const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(kListingsCursorSchema, lane, cursor));
  JsonFields fields;
  ListingsPosition position = ReadPosition(fields, state);
  if (position.watermark_us != cursor.watermark_us()) fields.Fail("watermark", "differs from its copy inside");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

// The bytes stay as they are: the members layout 2 added may be absent, and the checksum is bound to a lane that is not
// known here.
sdk::Result<plugin::v1::Cursor> UpgradeListingsCursor(const plugin::v1::Cursor& cursor) {
  if (cursor.schema() != kSchemaWithoutReports)
    return BadCursor("schema " + std::to_string(cursor.schema()) + " is unknown");
  plugin::v1::Cursor upgraded = cursor;
  upgraded.set_schema(kListingsCursorSchema);
  if (cursor.state().empty()) return upgraded;  // of a lane that was never read
  QS_TRY(const json::object state, PeekCursor(cursor));
  JsonFields fields;
  [[maybe_unused]] const ListingsPosition position = ReadPosition(fields, state);
  if (!fields.ok()) return BadCursor(fields.problem());
  return upgraded;
}

}  // namespace quayside::amazon
