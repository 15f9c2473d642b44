// Where the reading of a span's report of orders stands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "order_report_lines.h"
#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"
#include "report_position.h"

namespace quayside::amazon {

struct OrderReportPosition {
  ReportPlace place;

  // As asked for with the first call of the span, to the second.
  int64_t from_us = 0;
  int64_t to_us = 0;
  std::vector<std::string> marketplaces;

  OrderColumns columns;
  std::string last_id;  // of the line before: the items of an order stand together

  // Reports created up to then are of no use, and how many there were.
  int64_t spent_us = 0;
  int32_t failures = 0;
};

// A span that begins.
[[nodiscard]] OrderReportPosition BeginOrderReport(int64_t from_us, int64_t to_us,
                                                   std::vector<std::string> marketplaces);

// The report is of no use; the span's next one is looked for. `spent`: reports up to this one are passed over.
void GiveUpOrderReport(OrderReportPosition& position, bool spent);
// Until then.
[[nodiscard]] int64_t OrderReportPauseUs(const OrderReportPosition& position);

[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeOrderReport(const std::string& lane,
                                                                const OrderReportPosition& position);
[[nodiscard]] sdk::Result<OrderReportPosition> DecodeOrderReport(const std::string& lane,
                                                                 const plugin::v1::Cursor& cursor);

}  // namespace quayside::amazon
