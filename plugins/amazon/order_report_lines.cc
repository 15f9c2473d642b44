#include "order_report_lines.h"

#include <algorithm>
#include <vector>

#include "settings.h"
#include "time_text.h"
#include "utf8.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

constexpr std::string_view kElsewherePrefix = "Non-Amazon";
constexpr size_t kMaxOrderIdBytes = 200;

std::vector<std::string_view> Cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const size_t end = line.find('\t');
    cells.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string_view CellAt(const std::vector<std::string_view>& cells, int32_t column) {
  return column == kNoColumn ? std::string_view() : cells[static_cast<size_t>(column)];
}

// "Amazon.co.uk"; empty when no marketplace is called so.
std::string MarketplaceNamed(std::string_view name) {
  for (const Marketplace& marketplace : KnownMarketplaces()) {
    if (LowerCase(marketplace.name) == LowerCase(name)) return marketplace.id;
  }
  return {};
}

}  // namespace

std::variant<OrderColumns, std::string> FindOrderColumns(std::string_view header) {
  const std::vector<std::string_view> names = Cells(header);
  const auto find = [&](std::string_view wanted) {
    const auto found =
        std::find_if(names.begin(), names.end(), [&](std::string_view name) { return LowerCase(name) == wanted; });
    return found == names.end() ? kNoColumn : static_cast<int32_t>(found - names.begin());
  };
  OrderColumns columns;
  columns.count = static_cast<int32_t>(names.size());
  columns.id = find("amazon-order-id");
  columns.updated = find("last-updated-date");
  columns.status = find("order-status");
  columns.sales_channel = find("sales-channel");
  if (columns.id == kNoColumn) return std::string("the report has no column amazon-order-id");
  return columns;
}

json::array OrderColumnsJson(const OrderColumns& columns) {
  return {columns.count, columns.id, columns.updated, columns.status, columns.sales_channel};
}

OrderColumns ReadOrderColumns(JsonFields& fields, const json::array& array) {
  const auto numbers = ReadColumnNumbers<5>(fields, array);
  if (!numbers) return {};
  const auto& at = *numbers;
  return {at[0], at[1], at[2], at[3], at[4]};
}

std::string ReadOrderLine(std::string_view line, const OrderColumns& columns, pb::EnumeratedOrder& order) {
  if (!IsUtf8(line)) return "the line is no valid UTF-8";
  const std::vector<std::string_view> cells = Cells(line);
  if (cells.size() != static_cast<size_t>(columns.count)) {
    return "the line has " + std::to_string(cells.size()) + " fields, the header " + std::to_string(columns.count);
  }
  const std::string_view id = CellAt(cells, columns.id);
  if (id.empty() || id.size() > kMaxOrderIdBytes) return "the line names no order";
  order.set_external_id(std::string(id));
  order.set_raw_status(std::string(CellAt(cells, columns.status)));
  // A time that cannot be read, or was before 1970, is left out: which orders there are is what counts.
  order.set_updated_us(std::max(int64_t{0}, ParseTime(CellAt(cells, columns.updated)).value_or(0)));
  const std::string_view sold_on = CellAt(cells, columns.sales_channel);
  order.set_no_sale(sold_on.substr(0, kElsewherePrefix.size()) == kElsewherePrefix);
  if (!order.no_sale()) order.set_marketplace(MarketplaceNamed(sold_on));
  return {};
}

}  // namespace quayside::amazon
