#include "tools/quayside/levels_csv.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "host/base/utf8.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"

namespace quayside::cli {
namespace {

constexpr std::int64_t kLargestLevel = 1'000'000'000;

struct CsvRecord {
  std::size_t line = 0;
  std::vector<std::string> fields;
  // The quotes do not match; the rest of the record is unreliable.
  bool broken = false;
};

// Reads record by record, since a quoted field may hold line breaks.
class CsvReader {
 public:
  explicit CsvReader(absl::string_view text) : rest_(absl::StripPrefix(text, "\xEF\xBB\xBF")) {}

  std::optional<CsvRecord> Next() {
    if (rest_.empty()) return std::nullopt;
    CsvRecord record{.line = line_};
    for (bool more = true; more;) record.fields.push_back(ReadField(record.broken, more));
    return record;
  }

 private:
  // `more` becomes false at the end of the record.
  std::string ReadField(bool& broken, bool& more) {
    std::string field;
    if (!rest_.empty() && rest_.front() == '"') broken = !ReadQuoted(field) || broken;
    // Text after a closing quote belongs to no field by the RFC; keeping it shows the mistake.
    while (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n') {
      field += rest_.front();
      rest_.remove_prefix(1);
    }
    more = !rest_.empty() && rest_.front() == ',';
    if (!rest_.empty()) {
      if (rest_.front() == '\n') ++line_;
      rest_.remove_prefix(1);
    }
    return std::string(absl::StripAsciiWhitespace(field));
  }

  bool ReadQuoted(std::string& field) {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        if (rest_.empty() || rest_.front() != '"') return true;
        rest_.remove_prefix(1);
      }
      if (c == '\n') ++line_;
      field += c;
    }
    return false;
  }

  absl::string_view rest_;
  std::size_t line_ = 1;
};

struct LevelColumns {
  std::optional<std::size_t> sku, level, location, title;
};

LevelColumns FindColumns(const std::vector<std::string>& header) {
  LevelColumns columns;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = absl::AsciiStrToLower(header[i]);
    if (name == "sku") columns.sku = i;
    if (name == "level") columns.level = i;
    if (name == "location") columns.location = i;
    if (name == "title") columns.title = i;
  }
  return columns;
}

std::string FieldAt(const CsvRecord& record, std::optional<std::size_t> column) {
  return column && *column < record.fields.size() ? record.fields[*column] : "";
}

bool AllUtf8(const CsvRecord& record) {
  return std::all_of(record.fields.begin(), record.fields.end(),
                     [](const std::string& field) { return IsUtf8(field); });
}

bool IsBlank(const CsvRecord& record) {
  return std::all_of(record.fields.begin(), record.fields.end(),
                     [](const std::string& field) { return field.empty(); });
}

absl::StatusOr<v1::LevelChange> ReadChange(const CsvRecord& record, const LevelColumns& columns,
                                           absl::string_view default_location) {
  if (record.broken) return absl::InvalidArgumentError("a quote is opened and never closed");
  // No message may carry it, and the host would refuse the good rows of the call with it.
  if (!AllUtf8(record)) return absl::InvalidArgumentError("is not UTF-8; save the file as CSV UTF-8");
  v1::LevelChange change;
  change.set_sku(FieldAt(record, columns.sku));
  if (change.sku().empty()) return absl::InvalidArgumentError("the SKU is empty");
  auto level = ParseLevel(FieldAt(record, columns.level));
  if (!level.ok()) return absl::InvalidArgumentError(absl::StrCat(change.sku(), ": ", level.status().message()));
  change.set_level(*level);
  const std::string location = FieldAt(record, columns.location);
  change.set_location(ResourceName("locations", location.empty() ? default_location : location));
  change.set_title(FieldAt(record, columns.title));
  return change;
}

}  // namespace

absl::StatusOr<LevelsFile> ParseLevels(absl::string_view text, absl::string_view default_location) {
  CsvReader reader(text);
  const auto header = reader.Next();
  const LevelColumns columns = header ? FindColumns(header->fields) : LevelColumns();
  if (!columns.sku || !columns.level) {
    return WithAdvice(UsageError("the first line must name the columns, at least SKU and Level"),
                      "begin the file with 'SKU,Level', 'SKU,Level,Location' or 'SKU,Level,Location,Title'");
  }
  LevelsFile file;
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  while (const auto record = reader.Next()) {
    if (IsBlank(*record) && !record->broken) continue;
    auto change = ReadChange(*record, columns, default_location);
    if (!change.ok()) {
      file.bad_rows.push_back({record->line, std::string(change.status().message())});
      continue;
    }
    const std::string location = change->location().empty() ? "locations/default" : change->location();
    const auto [it, is_new] = seen.emplace(std::pair(change->sku(), location), record->line);
    if (!is_new) {
      file.bad_rows.push_back({record->line, absl::StrCat(change->sku(), ": is on line ", it->second, " already")});
      continue;
    }
    file.rows.push_back({record->line, *std::move(change)});
  }
  return file;
}

absl::StatusOr<std::int64_t> ParseLevel(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("the level is empty");
  std::int64_t level = 0;
  const bool digits = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(text, &level)) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no level (a whole number, 0 or more)"));
  }
  if (level > kLargestLevel) return absl::InvalidArgumentError(absl::StrCat(text, " is more than 1,000,000,000"));
  return level;
}

}  // namespace quayside::cli
