#include "columns.h"

#include <algorithm>
#include <charconv>

namespace quayside::flatfile {
namespace {

using Name = std::string_view;

constexpr Name kOrderFields[] = {"order_id",    "line_id",     "sku",           "quantity",      "title",
                                 "product_id",  "unit_price",  "line_total",    "tax",           "shipping",
                                 "discount",    "currency",    "total",         "status",        "created",
                                 "updated",     "ship_by",     "deliver_by",    "service_level", "merchant_order_id",
                                 "buyer_name",  "buyer_email", "buyer_company", "name",          "company",
                                 "address1",    "address2",    "address3",      "city",          "region",
                                 "postal_code", "country",     "phone",         "gift_message"};
constexpr Name kOrderNeeds[] = {"order_id", "sku", "quantity"};
constexpr Name kListingFields[] = {"sku",      "title",        "product_id", "product_type",
                                   "quantity", "latency_days", "status",     "updated"};
constexpr Name kListingNeeds[] = {"sku"};
constexpr Name kQuantityFields[] = {"sku", "quantity", "latency_days"};
constexpr Name kQuantityNeeds[] = {"sku", "quantity"};
constexpr Name kDespatchFields[] = {"despatch_id",  "order_id", "package", "line_id",         "quantity",
                                    "carrier_code", "carrier",  "service", "tracking_number", "shipped"};
constexpr Name kDespatchNeeds[] = {"despatch_id", "order_id", "line_id", "quantity"};
constexpr Name kStockFields[] = {"sku",   "quantity",   "inbound", "reserved",  "unfulfillable", "researching",
                                 "title", "product_id", "updated", "condition", "warehouse_sku", "as_of"};
constexpr Name kStockNeeds[] = {"sku", "quantity"};
constexpr Name kOutboundFields[] = {"outbound_id", "order_id", "ordered",        "speed",    "sales_channel", "comment",
                                    "name",        "company",  "address1",       "address2", "address3",      "city",
                                    "district",    "region",   "postal_code",    "country",  "phone",         "line_id",
                                    "sku",         "quantity", "declared_value", "currency", "gift_message"};
constexpr Name kOutboundNeeds[] = {"outbound_id", "line_id", "sku", "quantity"};
constexpr Name kTakeBackFields[] = {"outbound_id"};
constexpr Name kShipmentFields[] = {"outbound_id", "status",          "updated", "shipment_id",
                                    "package_id",  "line_id",         "sku",     "quantity",
                                    "shipped",     "tracking_number", "carrier", "carrier_code"};
constexpr Name kShipmentNeeds[] = {"outbound_id"};

bool Contains(std::span<const Name> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// ASCII letters alone: other alphabets must be written as the header has them.
bool IsSameTitle(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

bool Fields::Knows(std::string_view name) const { return Contains(names, name); }
bool Fields::Needs(std::string_view name) const { return Contains(needed, name); }

Fields OrderFields() { return {kOrderFields, kOrderNeeds}; }
Fields ListingFields() { return {kListingFields, kListingNeeds}; }
Fields QuantityFields() { return {kQuantityFields, kQuantityNeeds}; }
Fields DespatchFields() { return {kDespatchFields, kDespatchNeeds}; }
Fields StockFields() { return {kStockFields, kStockNeeds}; }
Fields OutboundFields() { return {kOutboundFields, kOutboundNeeds}; }
Fields TakeBackFields() { return {kTakeBackFields, kTakeBackFields}; }
Fields ShipmentFields() { return {kShipmentFields, kShipmentNeeds}; }

sdk::Result<Columns> Columns::FromHeader(const std::vector<std::string>& header, const Fields& fields,
                                         const ColumnMap& map) {
  Columns columns;
  columns.width_ = header.size();
  for (const std::string& title : header) columns.header_.emplace_back(Trimmed(title));
  std::string missing;
  for (const std::string_view field : fields.names) {
    const auto mapped = map.find(std::string(field));
    const std::string_view title = mapped == map.end() ? field : std::string_view(mapped->second);
    const auto found = std::find_if(header.begin(), header.end(),
                                    [&](const std::string& name) { return IsSameTitle(Trimmed(name), title); });
    if (title.empty()) continue;
    if (found != header.end()) {
      columns.numbers_[std::string(field)] = static_cast<int>(found - header.begin()) + 1;
      columns.titles_[std::string(field)] = Trimmed(*found);
    } else if (fields.Needs(field) || mapped != map.end()) {
      missing += (missing.empty() ? "'" : ", '") + std::string(title) + "'";
    }
  }
  if (missing.empty()) return columns;
  return sdk::Error::Invalid("COLUMN_MISSING", "line 1: the header has no column " + missing);
}

Columns Columns::FromNumbers(const ColumnMap& map) {
  Columns columns;
  for (const auto& [field, text] : map) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);  // FindProblems lets numbers through only
    if (number <= 0) continue;
    columns.numbers_[field] = number;
    columns.least_width_ = std::max(columns.least_width_, static_cast<size_t>(number));
  }
  return columns;
}

int Columns::NumberOf(std::string_view field) const {
  const auto found = numbers_.find(field);
  return found == numbers_.end() ? 0 : found->second;
}

std::string Columns::TitleOf(std::string_view field) const {
  const auto found = titles_.find(field);
  return found == titles_.end() ? std::string(field) : found->second;
}

size_t Columns::FirstBeyond(size_t count) const {
  if (width_ > 0) return std::min(count, width_) + 1;
  size_t first = 0;
  for (const auto& [field, number] : numbers_) {
    const auto place = static_cast<size_t>(number);
    if (place > count && (first == 0 || place < first)) first = place;
  }
  return first;
}

std::string Columns::TitleAt(size_t number) const {
  if (width_ > 0) return number <= header_.size() ? header_[number - 1] : std::string();
  const auto found = std::find_if(numbers_.begin(), numbers_.end(),
                                  [&](const auto& mapped) { return static_cast<size_t>(mapped.second) == number; });
  return found == numbers_.end() ? std::string() : found->first;
}

std::string_view Row::Get(std::string_view field) const {
  const int number = columns_.NumberOf(field);
  if (number == 0 || static_cast<size_t>(number) > record_.fields.size()) return {};
  return Trimmed(record_.fields[static_cast<size_t>(number) - 1]);
}

std::string Row::WidthProblem() const {
  const size_t count = record_.fields.size();
  if (columns_.width() > 0 && count != columns_.width()) {
    return AtColumn(columns_.FirstBeyond(count),
                    "it has " + std::to_string(count) + " fields, the header has " + std::to_string(columns_.width()));
  }
  if (count < columns_.least_width()) {
    return AtColumn(columns_.FirstBeyond(count), "it has " + std::to_string(count) + " fields, " +
                                                     std::to_string(columns_.least_width()) + " are needed");
  }
  return {};
}

std::string Row::At(std::string_view field, std::string_view what) const {
  const int number = columns_.NumberOf(field);
  const std::string column = number == 0 ? std::string() : ", column " + std::to_string(number);
  return "line " + std::to_string(record_.line) + column + " (" + columns_.TitleOf(field) + "): " + std::string(what);
}

std::string Row::AtColumn(size_t number, std::string_view what) const {
  const std::string title = columns_.TitleAt(number);
  return "line " + std::to_string(record_.line) + ", column " + std::to_string(number) +
         (title.empty() ? "" : " (" + title + ")") + ": " + std::string(what);
}

std::string ProblemOf(const sdk::CsvRecord& record) {
  const std::string column =
      record.problem_field > 0 ? ", column " + std::to_string(record.problem_field) : std::string();
  return "line " + std::to_string(record.line) + column + ": " + record.problem;
}

}  // namespace quayside::flatfile
