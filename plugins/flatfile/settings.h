// What an account is configured with, and the rules for it beyond the schema in manifest.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/csv.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside::flatfile {

// The one channel of an account: its files say nothing of marketplaces.
inline constexpr char kMarketplace[] = "files";

// Days and months of a date that is not written as ISO 8601 says.
enum class DateOrder { kIso, kDayFirst, kMonthFirst };

// How every file of the account is written.
struct FileFormat {
  sdk::CsvFormat csv;
  std::string charset = "UTF-8";  // or "windows-1252"
  bool has_header = true;
  char decimal_separator = '.';
  DateOrder dates = DateOrder::kIso;
};

// Field of ours -> column of theirs: its name, or its number (1 = the first) in files without a header.
using ColumnMap = std::map<std::string, std::string>;

// A place that files are picked up from.
struct InFolder {
  std::string place;  // as in the manifest; "" = the account has none
  bool can_list = true;
  std::string pattern;
  ColumnMap columns;
  // A file is whole when it has stayed the same for so long ...
  int64_t stable_us = 0;
  // ... or, when this is set, as soon as a file with this ending beside it exists.
  std::string marker;
  std::string work_folder;
  std::string archive_folder;
  std::string errors_folder;
  // A file says how things stand, so that one like an earlier one is news again. Else it says what happened, and the
  // same content is a file that came twice.
  bool is_state = false;
};

struct OutFolder {
  std::string place;
  ColumnMap columns;
};

struct Settings {
  FileFormat format;
  std::string currency;
  InFolder orders;
  InFolder listings;
  // A listing file holds every listing, rather than those that changed.
  bool listings_are_complete = true;
  OutFolder quantities;
  OutFolder despatches;
  // Of a warehouse that ships orders of other channels.
  InFolder stock;
  OutFolder outbound;
  InFolder shipments;  // its files stay where they are: `pattern` and the three folders are not used
};

[[nodiscard]] Settings ReadSettings(const plugin::v1::InstanceConfig& config);

// Everything that is wrong, by option; worded for the form it was typed into.
[[nodiscard]] std::vector<plugin::v1::FieldProblem> FindProblems(const plugin::v1::InstanceConfig& config);

// `*` = any characters, `?` = one byte; everything else means itself.
[[nodiscard]] bool MatchesPattern(std::string_view name, std::string_view pattern);

}  // namespace quayside::flatfile
