// The text of a report of all orders: its first line is the header.
#include <string>
#include <variant>

#include "json_fields.h"
#include "order_report_lines.h"
#include "report_lines.h"
#include "tests/fuzz/any_value.h"
#include "tests/fuzz/target.h"
#include "utf8.h"

namespace quayside::fuzz {
namespace {

void CheckOrderColumns(const amazon::OrderColumns& columns) {
  Require(columns.id >= 0 && columns.id < columns.count, "an order's id is in a column");
  for (const int32_t column : {columns.updated, columns.status, columns.sales_channel})
    Require(column >= amazon::kNoColumn && column < columns.count, "a column is one of the header's");
  amazon::JsonFields fields;
  const amazon::OrderColumns again = amazon::ReadOrderColumns(fields, amazon::OrderColumnsJson(columns));
  Require(columns.count > 100'000 || (fields.ok() && SameValue(again, columns)), "columns survive a position");
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(amazon_order_report_lines) {
  amazon::LineCutter lines(input, true);
  std::string_view line;
  if (!lines.Next(line)) return;
  const auto found = amazon::FindOrderColumns(line);
  if (const auto* const wrong = std::get_if<std::string>(&found)) {
    Require(!wrong->empty(), "a refused header says why");
    return;
  }
  const auto& columns = std::get<amazon::OrderColumns>(found);
  CheckOrderColumns(columns);
  while (lines.Next(line)) {
    plugin::v1::EnumeratedOrder order;
    const std::string wrong = amazon::ReadOrderLine(line, columns, order);
    Require(amazon::IsUtf8(wrong), "what is wrong is told in UTF-8");
    if (!wrong.empty()) continue;
    Require(!order.external_id().empty() && order.external_id().size() <= 200, "an order has an id, of a bound");
    Require(amazon::IsUtf8(order.external_id()) && amazon::IsUtf8(order.raw_status()), "texts are UTF-8");
    Require(line.find(order.external_id()) != std::string_view::npos, "the id is the line's");
    Require(!order.no_sale() || order.marketplace().empty(), "what is no sale was sold in no marketplace");
  }
  Require(lines.taken() == input.size(), "every byte is in a line");
}
