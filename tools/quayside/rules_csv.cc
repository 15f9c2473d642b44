#include "tools/quayside/rules_csv.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

// A row is not longer: a quote that is never closed must not swallow the whole file.
constexpr std::size_t kLongestRow = 64 * 1024;

std::optional<std::size_t> Find(const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::find_if(header.begin(), header.end(),
                                  [&](const std::string& field) { return absl::EqualsIgnoreCase(field, name); });
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

void SetDefault(const std::optional<std::string>& when_empty, v1::RuleColumn* column) {
  if (when_empty.has_value()) column->set_when_empty(*when_empty);
}

}  // namespace

RulesCsv::RulesCsv(std::istream& in) : file_(in, kLongestRow) {}

absl::StatusOr<RulesCsv> RulesCsv::Open(std::istream& in, const RuleColumnNames& names) {
  RulesCsv csv(in);
  if (const std::optional<CsvRecord> header = csv.file_.Next()) {
    csv.sku_ = Find(header->fields, names.sku);
    csv.max_ = Find(header->fields, names.max);
    csv.end_ = Find(header->fields, names.end);
    csv.percentage_ = Find(header->fields, names.percentage);
  }
  if (!csv.sku_.has_value() || (!csv.max_.has_value() && !csv.end_.has_value() && !csv.percentage_.has_value())) {
    return WithAdvice(
        UsageError(absl::StrCat("the first line must name the columns, ", names.sku, " and at least one of ", names.max,
                                ", ", names.end, ", ", names.percentage)),
        "or name the file's own columns: --sku-column, --max-column, --end-column, --percentage-column");
  }
  if (csv.max_.has_value()) SetDefault(names.max_default, csv.columns_.mutable_max_listed_quantity());
  if (csv.end_.has_value()) SetDefault(names.end_default, csv.columns_.mutable_end_when_quantity());
  if (csv.percentage_.has_value()) SetDefault(names.percentage_default, csv.columns_.mutable_listed_percentage());
  return csv;
}

std::optional<v1::RuleRow> RulesCsv::Next() {
  while (std::optional<CsvRecord> record = file_.Next()) {
    if (record->problem.empty() && !record->IsUtf8())
      record->problem = "the row is not UTF-8; save the file as CSV UTF-8";
    if (record->IsBlank() && record->problem.empty()) continue;
    v1::RuleRow row;
    row.set_line(record->line);
    row.set_unreadable(record->problem);
    if (!record->problem.empty()) return row;
    row.set_sku(record->At(sku_));
    row.set_max_listed_quantity(record->At(max_));
    row.set_end_when_quantity(record->At(end_));
    row.set_listed_percentage(record->At(percentage_));
    return row;
  }
  return std::nullopt;
}

}  // namespace quayside::cli
