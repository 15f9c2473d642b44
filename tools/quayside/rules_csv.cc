#include "tools/quayside/rules_csv.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/base/utf8.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();
// A row is not longer: a quote that is never closed must not swallow the whole file.
constexpr std::size_t kLongestRow = 64 * 1024;
constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

std::optional<std::size_t> Find(const std::vector<std::string>& header, const std::string& name) {
  const std::string wanted = absl::AsciiStrToLower(name);
  const auto found = std::find_if(header.begin(), header.end(),
                                  [&](const std::string& field) { return absl::AsciiStrToLower(field) == wanted; });
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

void SetDefault(const std::optional<std::string>& when_empty, v1::RuleColumn* column) {
  if (when_empty.has_value()) column->set_when_empty(*when_empty);
}

}  // namespace

int RulesCsv::Get() {
  const int c = in_->rdbuf()->sbumpc();
  if (c == '\n') ++line_;
  return c;
}

std::string RulesCsv::ReadQuoted(Record& record, std::size_t& bytes) {
  std::string field;
  Get();
  for (int c = Get(); c != kEnd; c = Get()) {
    if (c == '"') {
      if (Peek() != '"') return field;
      Get();
    }
    if (++bytes > kLongestRow) break;
    field += static_cast<char>(c);
  }
  record.unreadable = "a quote is opened and never closed";
  return field;
}

std::string RulesCsv::ReadField(Record& record, std::size_t& bytes, bool& more) {
  std::string field;
  if (Peek() == '"') field = ReadQuoted(record, bytes);
  // Text after a closing quote belongs to no field by the RFC; keeping it shows the mistake.
  while (Peek() != kEnd && Peek() != ',' && Peek() != '\n') {
    const int c = Get();
    if (++bytes <= kLongestRow) field += static_cast<char>(c);
  }
  if (bytes > kLongestRow && record.unreadable.empty()) record.unreadable = "the row is longer than 64 KiB";
  more = Peek() == ',';
  if (Peek() != kEnd) Get();
  return std::string(absl::StripAsciiWhitespace(field));
}

std::optional<RulesCsv::Record> RulesCsv::NextRecord() {
  if (Peek() == kEnd) return std::nullopt;
  Record record{.line = line_};
  std::size_t bytes = 0;
  for (bool more = true; more;) {
    std::string field = ReadField(record, bytes, more);
    if (bytes <= kLongestRow) record.fields.push_back(std::move(field));
  }
  // No message may carry it, and the host would refuse the good rows of the call with it.
  const bool readable =
      std::all_of(record.fields.begin(), record.fields.end(), [](const std::string& field) { return IsUtf8(field); });
  if (!readable && record.unreadable.empty()) record.unreadable = "the row is not UTF-8; save the file as CSV UTF-8";
  return record;
}

absl::StatusOr<RulesCsv> RulesCsv::Open(std::istream& in, const RuleColumnNames& names) {
  RulesCsv csv(in);
  std::optional<Record> header = csv.NextRecord();
  if (header.has_value() && !header->fields.empty()) {
    std::string& first = header->fields.front();
    if (first.rfind(kByteOrderMark, 0) == 0) first.erase(0, sizeof(kByteOrderMark) - 1);
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
  while (const std::optional<Record> record = NextRecord()) {
    const bool blank = std::all_of(record->fields.begin(), record->fields.end(),
                                   [](const std::string& field) { return field.empty(); });
    if (blank && record->unreadable.empty()) continue;
    const auto cell = [&](const std::optional<std::size_t>& column) {
      return column.has_value() && *column < record->fields.size() ? record->fields[*column] : std::string();
    };
    v1::RuleRow row;
    row.set_line(record->line);
    row.set_unreadable(record->unreadable);
    if (!record->unreadable.empty()) return row;
    row.set_sku(cell(sku_));
    row.set_max_listed_quantity(cell(max_));
    row.set_end_when_quantity(cell(end_));
    row.set_listed_percentage(cell(percentage_));
    return row;
  }
  return std::nullopt;
}

}  // namespace quayside::cli
