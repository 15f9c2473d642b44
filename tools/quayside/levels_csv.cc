#include "tools/quayside/levels_csv.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/quayside/csv_file.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"

namespace quayside::cli {
namespace {

constexpr std::int64_t kLargestLevel = 1'000'000'000;

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

absl::StatusOr<v1::LevelChange> ReadChange(const CsvRecord& record, const LevelColumns& columns,
                                           absl::string_view default_location) {
  if (!record.problem.empty()) return absl::InvalidArgumentError(record.problem);
  if (!record.IsUtf8()) return absl::InvalidArgumentError("is not UTF-8; save the file as CSV UTF-8");
  v1::LevelChange change;
  change.set_sku(record.At(columns.sku));
  if (change.sku().empty()) return absl::InvalidArgumentError("the SKU is empty");
  auto level = ParseLevel(record.At(columns.level));
  if (!level.ok()) return absl::InvalidArgumentError(absl::StrCat(change.sku(), ": ", level.status().message()));
  change.set_level(*level);
  const std::string location = record.At(columns.location);
  change.set_location(ResourceName("locations", location.empty() ? default_location : location));
  change.set_title(record.At(columns.title));
  return change;
}

}  // namespace

absl::StatusOr<LevelsFile> ParseLevels(absl::string_view text, absl::string_view default_location) {
  std::istringstream in{std::string(text)};
  CsvFile csv(in);
  const auto header = csv.Next();
  const LevelColumns columns = header ? FindColumns(header->fields) : LevelColumns();
  if (!columns.sku || !columns.level) {
    return WithAdvice(UsageError("the first line must name the columns, at least SKU and Level"),
                      "begin the file with 'SKU,Level', 'SKU,Level,Location' or 'SKU,Level,Location,Title'");
  }
  LevelsFile file;
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  while (const auto record = csv.Next()) {
    if (record->IsBlank() && record->problem.empty()) continue;
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
