#include "host/listings/rule_rows.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "host/base/text.h"
#include "host/inventory/quantity_rules.h"

namespace quayside {
namespace {

constexpr size_t kDecimals = 4;
constexpr size_t kCellShown = 40;

using Parser = std::optional<int32_t> (*)(std::string_view);

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
}

std::string Quoted(std::string_view text) {
  return text.size() <= kCellShown ? Concat("'", text, "'") : Concat("'", text.substr(0, kCellShown), "...'");
}

struct Rule {
  std::string_view column;
  Parser parse;
  std::string_view form;
};
constexpr Rule kMaxRuleOfRow = {kMaxColumn, ParseQuantity, "is no whole number, 0 or more"};
constexpr Rule kEndRuleOfRow = {kEndColumn, ParseQuantity, "is no whole number, 0 or more"};
constexpr Rule kPercentageRuleOfRow = {kPercentageColumn, ParsePercentE4,
                                       "is no percentage, 0 to 100 with at most four decimals"};

void CheckColumn(const Rule& rule, const RuleColumn& column, std::vector<CellProblem>& problems) {
  if (!column.present || !column.when_empty.has_value() || rule.parse(*column.when_empty).has_value()) return;
  problems.push_back({std::string(rule.column), Concat(Quoted(*column.when_empty), " ", rule.form)});
}

std::optional<int32_t> Read(const Rule& rule, const RuleColumn& column, std::string_view cell,
                            std::optional<int32_t> before, std::vector<CellProblem>& problems) {
  if (!column.present) return before;
  cell = Trim(cell);
  if (cell.empty()) {
    if (!column.when_empty.has_value()) return std::nullopt;
    cell = *column.when_empty;
  }
  const std::optional<int32_t> value = rule.parse(cell);
  if (value.has_value()) return value;
  problems.push_back({std::string(rule.column), Concat(Quoted(cell), " ", rule.form)});
  return before;
}

std::string Text(const std::optional<int32_t>& value) { return value.has_value() ? Concat(*value) : std::string("-"); }

std::string Text(const ListingRules& rules) {
  return Concat(Text(rules.max_listed_quantity), " ", Text(rules.listed_percentage_e4), " ",
                Text(rules.end_when_quantity));
}

}  // namespace

std::optional<int32_t> ParseQuantity(std::string_view text) {
  text = Trim(text);
  if (!AllDigits(text)) return std::nullopt;
  const std::optional<int64_t> value = ParseWhole(text);
  if (!value.has_value() || *value > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<int32_t>(*value);
}

std::optional<int32_t> ParsePercentE4(std::string_view text) {
  text = Trim(text);
  if (text.ends_with('%')) text = Trim(text.substr(0, text.size() - 1));
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const bool formed = !whole.empty() && AllDigits(whole) && AllDigits(decimals) && decimals.size() <= kDecimals &&
                      (point == std::string_view::npos || !decimals.empty());
  if (!formed) return std::nullopt;
  std::string digits(decimals);
  digits.resize(kDecimals, '0');
  const std::optional<int64_t> value = ParseWhole(Concat(whole, digits));
  if (!value.has_value() || *value > kFullPercentageE4) return std::nullopt;
  return static_cast<int32_t>(*value);
}

std::vector<CellProblem> CheckColumns(const RuleColumns& columns) {
  std::vector<CellProblem> problems;
  CheckColumn(kMaxRuleOfRow, columns.max_listed_quantity, problems);
  CheckColumn(kEndRuleOfRow, columns.end_when_quantity, problems);
  CheckColumn(kPercentageRuleOfRow, columns.listed_percentage, problems);
  return problems;
}

ListingRules ReadRules(const RuleColumns& columns, const RuleCells& cells, const ListingRules& before,
                       std::vector<CellProblem>& problems) {
  ListingRules after;
  after.max_listed_quantity =
      Read(kMaxRuleOfRow, columns.max_listed_quantity, cells.max_listed_quantity, before.max_listed_quantity, problems);
  after.end_when_quantity =
      Read(kEndRuleOfRow, columns.end_when_quantity, cells.end_when_quantity, before.end_when_quantity, problems);
  after.listed_percentage_e4 = Read(kPercentageRuleOfRow, columns.listed_percentage, cells.listed_percentage,
                                    before.listed_percentage_e4, problems);
  return after;
}

ListingRules RulesOf(const ListingRecord& listing) {
  return {.max_listed_quantity = listing.max_listed_quantity,
          .listed_percentage_e4 = listing.listed_percentage_e4,
          .end_when_quantity = listing.end_when_quantity};
}

void SetRules(const ListingRules& rules, ListingRecord& listing) {
  listing.max_listed_quantity = rules.max_listed_quantity;
  listing.listed_percentage_e4 = rules.listed_percentage_e4;
  listing.end_when_quantity = rules.end_when_quantity;
}

std::string RuleRowText(const RuleRowRecord& row) {
  // With its length: a SKU may hold anything.
  return Concat(row.sku.size(), " ", row.sku, ": ", Text(row.before), " > ", Text(row.after));
}

}  // namespace quayside
