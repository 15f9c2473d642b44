// Where the reading of a span's report of orders stands: its cursor, and positions of any content.
#include <algorithm>
#include <utility>

#include "cursor_checks.h"
#include "order_report_position.h"
#include "time_text.h"

namespace quayside::fuzz {
namespace {

using amazon::OrderReportPosition;

// -1, for a column that is not there, to `count` - 1.
int32_t ColumnOf(int32_t any, int32_t count) {
  return static_cast<int32_t>(static_cast<uint32_t>(any) % (static_cast<uint32_t>(count) + 1)) + amazon::kNoColumn;
}

// One that a span can be at, with the input's values as far as they may be its.
OrderReportPosition PossiblePosition(OrderReportPosition position) {
  constexpr int kStages = static_cast<int>(amazon::ReportStage::kRead) + 1;
  constexpr int32_t kMostColumns = 100'000;
  position.place.stage = static_cast<amazon::ReportStage>(static_cast<int>(position.place.stage) % kStages);
  for (int32_t* count : {&position.place.polls, &position.place.refusals, &position.failures}) *count &= INT32_MAX;
  for (int64_t* count : {&position.place.size, &position.place.offset, &position.place.lines}) *count &= INT64_MAX;
  for (int64_t* time : {&position.from_us, &position.to_us}) *time %= int64_t{1} << 60;
  if (position.to_us < position.from_us) std::swap(position.from_us, position.to_us);
  if (position.to_us == position.from_us) ++position.to_us;
  if (position.marketplaces.empty()) position.marketplaces.emplace_back("A1F83G8C2ARO7P");
  amazon::OrderColumns& columns = position.columns;
  columns.count = static_cast<int32_t>(static_cast<uint32_t>(columns.count) % (kMostColumns + 1));
  for (int32_t* column : {&columns.id, &columns.updated, &columns.status, &columns.sales_channel})
    *column = ColumnOf(*column, columns.count);
  return position;
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(amazon_order_report_cursor) {
  const std::string lane = "order-report/eu/A1";
  CheckLaneCursor<OrderReportPosition>(input, lane, "order-report/eu/A2", amazon::EncodeOrderReport,
                                       amazon::DecodeOrderReport);

  const OrderReportPosition position = PossiblePosition(ValueReader(input).Take<OrderReportPosition>());
  const auto cursor = amazon::EncodeOrderReport(lane, position);
  Require(cursor.ok(), "a position has a cursor");
  const auto decoded = amazon::DecodeOrderReport(lane, cursor.value());
  Require(decoded.ok() && SameValue(decoded.value(), position), "a position that can be comes back as it was");
  CheckTampering(cursor.value(), input,
                 [&](const plugin::v1::Cursor& other) { return amazon::DecodeOrderReport(lane, other); });

  OrderReportPosition anew = position;
  anew.failures = std::min(anew.failures, 1'000'000);
  amazon::GiveUpOrderReport(anew, true);
  Require(anew.from_us == amazon::FloorSecond(position.from_us) && anew.place.stage == amazon::ReportStage::kLook,
          "a report of no use begins the span anew");
  const int64_t pause_us = amazon::OrderReportPauseUs(anew);
  Require(pause_us >= amazon::kHourUs && pause_us <= 6 * amazon::kHourUs, "a pause has an end");
}
