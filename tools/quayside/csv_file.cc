#include "tools/quayside/csv_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "host/base/utf8.h"

namespace quayside::cli {
namespace {

constexpr int kEndOfFile = std::char_traits<char>::eof();
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool CsvRecord::IsBlank() const {
  return std::all_of(fields.begin(), fields.end(), [](const std::string& field) { return field.empty(); });
}

bool CsvRecord::IsUtf8() const {
  return std::all_of(fields.begin(), fields.end(), [](const std::string& field) { return quayside::IsUtf8(field); });
}

std::string CsvRecord::At(const std::optional<std::size_t>& column) const {
  return column.has_value() && *column < fields.size() ? fields[*column] : "";
}

CsvFile::CsvFile(std::istream& in, std::size_t longest) : in_(&in), longest_(longest) {
  for (const char c : kByteOrderMark) {
    if (Peek() != std::char_traits<char>::to_int_type(c)) return;
    begun_ += static_cast<char>(Get());
  }
  begun_.clear();
}

int CsvFile::Get() {
  const int c = in_->rdbuf()->sbumpc();
  if (c == '\n') ++line_;
  return c;
}

std::string CsvFile::ReadQuoted(CsvRecord& record, std::size_t& bytes) {
  std::string field;
  Get();
  for (int c = Get(); c != kEndOfFile; c = Get()) {
    if (c == '"') {
      if (Peek() != '"') return field;
      Get();
    }
    if (++bytes > longest_) break;
    field += static_cast<char>(c);
  }
  record.problem = "a quote is opened and never closed";
  return field;
}

std::string CsvFile::ReadField(CsvRecord& record, std::size_t& bytes, bool& more) {
  std::string field = std::exchange(begun_, {});
  if (field.empty() && Peek() == '"') field = ReadQuoted(record, bytes);
  // Text after a closing quote belongs to no field by the RFC; keeping it shows the mistake.
  while (Peek() != kEndOfFile && Peek() != ',' && Peek() != '\n') {
    const int c = Get();
    if (++bytes <= longest_) field += static_cast<char>(c);
  }
  if (bytes > longest_ && record.problem.empty()) {
    record.problem = absl::StrCat("the row is longer than ", longest_ / 1024, " KiB");
  }
  more = Peek() == ',';
  if (Peek() != kEndOfFile) Get();
  return std::string(absl::StripAsciiWhitespace(field));
}

std::optional<CsvRecord> CsvFile::Next() {
  if (Peek() == kEndOfFile && begun_.empty()) return std::nullopt;
  CsvRecord record{.line = line_};
  std::size_t bytes = 0;
  for (bool more = true; more;) {
    std::string field = ReadField(record, bytes, more);
    if (bytes <= longest_) record.fields.push_back(std::move(field));
  }
  return record;
}

}  // namespace quayside::cli
