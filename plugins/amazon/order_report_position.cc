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

constexpr int64_t kLastOrderReportStage = static_cast<int64_t>(ReportStage::kRead);
constexpr int64_t kLongestPauseUs = 6 * kHourUs;
constexpr int32_t kPausesThatGrow = 3;

json::array TextArray(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

int64_t NeedPlace(JsonFields& fields, const json::object& object, const char* key) {
  const int64_t place = fields.GetInteger(object, key).value_or(-1);
  if (place < 0) fields.Fail(key, "is missing or negative");
  return place;
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
  anew.spent_us = spent ? std::max(position.spent_us, position.created_us) : position.spent_us;
  anew.failures = position.failures + 1;
  position = std::move(anew);
}

int64_t OrderReportPauseUs(const OrderReportPosition& position) {
  return std::min(kHourUs << std::clamp(position.failures - 1, 0, kPausesThatGrow), kLongestPauseUs);
}

sdk::Result<plugin::v1::Cursor> EncodeOrderReport(const std::string& lane, const OrderReportPosition& position) {
  const json::object state{{"from", position.from_us},
                           {"to", position.to_us},
                           {"marketplaces", TextArray(position.marketplaces)},
                           {"stage", static_cast<int64_t>(position.stage)},
                           {"asked", position.asked_us},
                           {"id", position.id},
                           {"created", position.created_us},
                           {"wait", position.wait_us},
                           {"polls", position.polls},
                           {"document_id", position.document_id},
                           {"refusals", position.refusals},
                           {"size", position.size},
                           {"offset", position.offset},
                           {"lines", position.lines},
                           {"document", position.document},
                           {"columns", OrderColumnsJson(position.columns)},
                           {"last", position.last_id},
                           {"spent", position.spent_us},
                           {"failures", position.failures}};
  return EncodeCursor(kOrdersCursorSchema, lane, state, 0);
}

sdk::Result<OrderReportPosition> DecodeOrderReport(const std::string& lane, const plugin::v1::Cursor& cursor) {
  QS_TRY(const json::object state, DecodeCursor(kOrdersCursorSchema, lane, cursor));
  JsonFields fields;
  OrderReportPosition position;
  position.from_us = fields.GetInteger(state, "from").value_or(0);
  position.to_us = fields.GetInteger(state, "to").value_or(0);
  ForEachText(fields, fields.GetArray(state, "marketplaces"), "marketplaces",
              [&](std::string_view id) { position.marketplaces.emplace_back(id); });
  const int64_t stage = fields.GetInteger(state, "stage").value_or(-1);
  if (stage < 0 || stage > kLastOrderReportStage) return BadCursor("stage is unknown");
  position.stage = static_cast<ReportStage>(stage);
  position.asked_us = fields.GetInteger(state, "asked").value_or(0);
  position.id = fields.GetText(state, "id");
  position.created_us = fields.GetInteger(state, "created").value_or(0);
  position.wait_us = fields.GetInteger(state, "wait").value_or(0);
  position.polls = fields.NeedCount(state, "polls");
  position.document_id = fields.GetText(state, "document_id");
  position.refusals = fields.NeedCount(state, "refusals");
  position.size = NeedPlace(fields, state, "size");
  position.offset = NeedPlace(fields, state, "offset");
  position.lines = NeedPlace(fields, state, "lines");
  position.document = fields.GetText(state, "document");
  if (const json::array* columns = fields.GetArray(state, "columns"))
    position.columns = ReadOrderColumns(fields, *columns);
  position.last_id = fields.GetText(state, "last");
  position.spent_us = fields.GetInteger(state, "spent").value_or(0);
  position.failures = fields.NeedCount(state, "failures");
  if (position.to_us <= position.from_us) fields.Fail("to", "is not after its beginning");
  if (!fields.ok()) return BadCursor(fields.problem());
  return position;
}

}  // namespace quayside::amazon
