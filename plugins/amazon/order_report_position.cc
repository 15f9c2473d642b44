#include "order_report_position.h"

#include <algorithm>
#include <boost/json.hpp>

#include "cursor_codec.h"
#include "json_fields.h"
#include "orders_position.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr int64_t kLongestPauseUs = 6 * kHourUs;
constexpr int32_t kPausesThatGrow = 3;

json::array TextArray(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

}  // namespace

OrderReportPosition BeginOrderReport(int64_t from_us, int64_t to_us, std::vector<std::string> marketplaces) {
  OrderReportPosition position;
  position.from_us = FloorSecond(from_us);
  position.to_us = FloorSecond(to_us);
  std::sort(marketplaces.begin(), marketplaces.end());
  position.marketplaces = std::move(marketplaces);
  return position;
}

void GiveUpOrderReport(OrderReportPosition& position, bool spent) {
  OrderReportPosition anew = BeginOrderReport(position.from_us, position.to_us, std::move(position.marketplaces));
  anew.spent_us = spent ? std::max(position.spent_us, position.place.created_us) : position.spent_us;
  anew.failures = position.failures + 1;
  position = std::move(anew);
}

int64_t OrderReportPauseUs(const OrderReportPosition& position) {
  return std::min(kHourUs << std::clamp(position.failures - 1, 0, kPausesThatGrow), kLongestPauseUs);
}

sdk::Result<plugin::v1::Cursor> EncodeOrderReport(const std::string& lane, const OrderReportPosition& position) {
  json::object state = ReportPlaceJson(position.place);
  state["from"] = position.from_us;
  state["to"] = position.to_us;
  state["marketplaces"] = TextArray(position.marketplaces);
  state["columns"] = OrderColumnsJson(position.columns);
  state["last"] = position.last_id;
  state["spent"] = position.spent_us;
  state["failures"] = position.failures;
  return EncodeCursor(kOrdersCursorSchema, lane, state, 0);
}

sdk::Result<OrderReportPosition> DecodeOrderReport(const std::string& lane, const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(kOrdersCursorSchema, lane, cursor));
  JsonFields fields;
  OrderReportPosition position;
  position.place = ReadReportPlace(fields, state);
  position.from_us = fields.GetInteger(state, "from").value_or(0);
  position.to_us = fields.GetInteger(state, "to").value_or(0);
  ForEachText(fields, fields.GetArray(state, "marketplaces"), "marketplaces",
              [&](std::string_view id) { position.marketplaces.emplace_back(id); });
  if (const json::array* columns = fields.GetArray(state, "columns"))
    position.columns = ReadOrderColumns(fields, *columns);
  position.last_id = fields.GetText(state, "last");
  position.spent_us = fields.GetInteger(state, "spent").value_or(0);
  position.failures = fields.NeedCount(state, "failures");
  if (cursor.watermark_us() != 0) fields.Fail("watermark", "is not that of a span");
  if (position.to_us <= position.from_us) fields.Fail("to", "is not after its beginning");
  if (position.marketplaces.empty()) fields.Fail("marketplaces", "is empty");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

}  // namespace quayside::amazon
