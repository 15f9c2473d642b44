#include "settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "columns.h"
#include "encode.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

constexpr std::array<std::string_view, 7> kPlaces = {"orders",     "listings", "stock",    "quantities",
                                                     "despatches", "outbound", "shipments"};
// From so many of them, the first, files are taken away.
constexpr size_t kPickUps = 3;

std::string Option(const pb::InstanceConfig& config, const std::string& name, std::string otherwise = {}) {
  const auto found = config.options().find(name);
  return found == config.options().end() ? otherwise : found->second;
}

// "order_id=Order No; sku=Article". What is no pair is left to FindProblems.
ColumnMap ReadColumns(std::string_view text) {
  ColumnMap columns;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, std::min(text.find(';'), text.size()));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (Trimmed(pair).empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    columns[std::string(Trimmed(pair.substr(0, equals)))] = Trimmed(pair.substr(std::min(equals + 1, pair.size())));
  }
  return columns;
}

char DelimiterOf(const std::string& name) {
  if (name == "semicolon") return ';';
  if (name == "tab") return '\t';
  if (name == "pipe") return '|';
  return ',';
}

char QuoteOf(const std::string& name) { return name == "single" ? '\'' : name == "none" ? '\0' : '"'; }

DateOrder DatesOf(const std::string& name) {
  return name == "day_first" ? DateOrder::kDayFirst : name == "month_first" ? DateOrder::kMonthFirst : DateOrder::kIso;
}

int64_t SecondsOf(const std::string& text) {
  int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);  // the schema lets whole numbers through only
  return seconds * kSecondUs;
}

InFolder ReadInFolder(const pb::InstanceConfig& config, const std::string& what) {
  InFolder folder;
  const std::string address = Option(config, what + "_address");
  if (address.empty()) return folder;
  folder.place = what;
  folder.can_list = !address.starts_with("https:");
  folder.pattern = Option(config, what + "_files", "*.csv");
  folder.columns = ReadColumns(Option(config, what + "_columns"));
  folder.stable_us = SecondsOf(Option(config, "stable_seconds", "30"));
  folder.marker = Option(config, "marker");
  folder.work_folder = Option(config, "work_folder", "work");
  folder.archive_folder = Option(config, "archive_folder", "archive");
  folder.errors_folder = Option(config, "errors_folder", "errors");
  return folder;
}

OutFolder ReadOutFolder(const pb::InstanceConfig& config, const std::string& what) {
  if (Option(config, what + "_address").empty()) return {};
  return {what, ReadColumns(Option(config, what + "_columns"))};
}

class Problems {
 public:
  void Add(const std::string& option, std::string description) {
    pb::FieldProblem problem;
    problem.set_field("options." + option);
    problem.set_description(std::move(description));
    found_.push_back(std::move(problem));
  }
  std::vector<pb::FieldProblem> Take() { return std::move(found_); }

 private:
  std::vector<pb::FieldProblem> found_;
};

std::string ListOf(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

bool IsColumnNumber(std::string_view text) {
  return !text.empty() && text.size() <= 3 && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void CheckColumns(const pb::InstanceConfig& config, const std::string& option, const Fields& fields, bool has_header,
                  Problems& problems) {
  const ColumnMap columns = ReadColumns(Option(config, option));
  std::set<std::string> taken;
  for (const auto& [field, column] : columns) {
    if (!fields.Knows(field)) {
      problems.Add(option, "there is no field '" + field + "'; fields are " + ListOf(fields.names));
    } else if (column.empty() && fields.Needs(field)) {
      problems.Add(option, "field '" + field + "' cannot be left out");
    } else if (!has_header && !column.empty() && !IsColumnNumber(column)) {
      problems.Add(option, "without a header '" + field + "' must be the number of a column, 1 to 999");
    }
    if (!column.empty() && !taken.insert(column).second)
      problems.Add(option, "column '" + column + "' is given to two fields");
  }
  if (has_header || Option(config, option.substr(0, option.rfind('_')) + "_address").empty()) return;
  for (const std::string_view field : fields.needed) {
    if (!columns.contains(std::string(field)))
      problems.Add(option, "without a header the number of column '" + std::string(field) + "' must be given");
  }
}

// Titles are written in the files' charset.
void CheckTitles(const pb::InstanceConfig& config, const std::string& option, Problems& problems) {
  const std::string charset = Option(config, "charset", "UTF-8");
  for (const auto& [field, title] : ReadColumns(Option(config, option))) {
    if (!Encode(title, charset))
      problems.Add(option, "column '" + title + "' has a character that " + charset + " lacks");
  }
}

void CheckInFolder(const pb::InstanceConfig& config, const std::string& what, Problems& problems) {
  const InFolder folder = ReadInFolder(config, what);
  if (folder.place.empty()) return;
  const std::string& pattern = folder.pattern;
  if (pattern.empty() || pattern.find('/') != std::string::npos)
    problems.Add(what + "_files", "must be a file's name, with * and ? for what varies");
  if (!folder.can_list && pattern.find_first_of("*?") != std::string::npos)
    problems.Add(what + "_files", "https cannot list a folder: give the file's name without * and ?");
}

// Whoever is sent orders must be able to answer.
void CheckWarehouse(const pb::InstanceConfig& config, Problems& problems) {
  const bool sends = !Option(config, "outbound_address").empty();
  const std::string answers = Option(config, "shipments_address");
  if (sends == answers.empty())
    problems.Add(sends ? "shipments_address" : "outbound_address",
                 "a warehouse needs a place for orders and one for what it says of them");
  if (answers.starts_with("https:"))
    problems.Add("shipments_address", "https cannot list a folder, and every order has files of its own");
}

// Files are picked up from a folder under any name its pattern lets through, and lie in one work folder meanwhile: what
// is another place's would be taken for its own.
void CheckPickUpsAreApart(const pb::InstanceConfig& config, Problems& problems) {
  const auto address_of = [&](std::string_view place) {
    std::string address = Option(config, std::string(place) + "_address");
    while (address.ends_with('/')) address.pop_back();
    return address;
  };
  for (size_t i = 0; i < kPickUps; ++i) {
    const std::string address = address_of(kPlaces[i]);
    // https lists and moves nothing: there each file has its own name.
    if (address.empty() || address.starts_with("https:")) continue;
    for (size_t other = i + 1; other < kPlaces.size(); ++other) {
      if (address_of(kPlaces[other]) != address) continue;
      problems.Add(std::string(kPlaces[other]) + "_address",
                   "is the folder of option '" + std::string(kPlaces[i]) +
                       "_address' as well, from which files are taken: give it one of its own");
    }
  }
}

void CheckFolders(const pb::InstanceConfig& config, Problems& problems) {
  std::set<std::string> taken;
  for (const char* option : {"work_folder", "archive_folder", "errors_folder"}) {
    const std::string name = Option(config, option, std::string(option).substr(0, std::string(option).find('_')));
    if (name.empty() || name == "." || name == ".." || name.find_first_of("/\\") != std::string::npos)
      problems.Add(option, "must be the name of a folder, without '/'");
    if (!taken.insert(name).second) problems.Add(option, "is the name of another of the folders");
  }
}

}  // namespace

Settings ReadSettings(const pb::InstanceConfig& config) {
  Settings settings;
  settings.format.csv = {DelimiterOf(Option(config, "delimiter")), QuoteOf(Option(config, "quote"))};
  settings.format.charset = Option(config, "charset", "UTF-8");
  settings.format.has_header = Option(config, "header", "true") == "true";
  settings.format.decimal_separator = Option(config, "decimal_separator") == "comma" ? ',' : '.';
  settings.format.dates = DatesOf(Option(config, "dates"));
  settings.currency = Option(config, "currency");
  settings.orders = ReadInFolder(config, "orders");
  settings.listings = ReadInFolder(config, "listings");
  settings.listings.is_state = true;
  settings.listings_are_complete = Option(config, "listings_are_complete", "true") == "true";
  settings.quantities = ReadOutFolder(config, "quantities");
  settings.despatches = ReadOutFolder(config, "despatches");
  settings.stock = ReadInFolder(config, "stock");
  settings.stock.is_state = true;
  settings.outbound = ReadOutFolder(config, "outbound");
  settings.shipments = ReadInFolder(config, "shipments");
  return settings;
}

std::vector<pb::FieldProblem> FindProblems(const pb::InstanceConfig& config) {
  Problems problems;
  const bool has_header = Option(config, "header", "true") == "true";
  bool any_place = false;
  for (const std::string_view what : kPlaces)
    any_place = any_place || !Option(config, std::string(what) + "_address").empty();
  if (!any_place) problems.Add("orders_address", "at least one place must be given");
  CheckColumns(config, "orders_columns", OrderFields(), has_header, problems);
  CheckColumns(config, "listings_columns", ListingFields(), has_header, problems);
  CheckColumns(config, "quantities_columns", QuantityFields(), true, problems);
  CheckColumns(config, "despatches_columns", DespatchFields(), true, problems);
  CheckColumns(config, "stock_columns", StockFields(), has_header, problems);
  CheckColumns(config, "outbound_columns", OutboundFields(), true, problems);
  CheckColumns(config, "shipments_columns", ShipmentFields(), has_header, problems);
  for (const char* option : {"quantities_columns", "despatches_columns", "outbound_columns"})
    CheckTitles(config, option, problems);
  for (size_t i = 0; i < kPickUps; ++i) CheckInFolder(config, std::string(kPlaces[i]), problems);
  CheckPickUpsAreApart(config, problems);
  CheckWarehouse(config, problems);
  CheckFolders(config, problems);
  return problems.Take();
}

bool MatchesPattern(std::string_view name, std::string_view pattern) {
  // Back to the last `*` when what follows it does not fit.
  size_t at = 0;
  size_t in_pattern = 0;
  size_t star = std::string_view::npos;
  size_t star_at = 0;
  while (at < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_at = at;
    } else if (in_pattern < pattern.size() && (pattern[in_pattern] == '?' || pattern[in_pattern] == name[at])) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
  return in_pattern == pattern.size();
}

}  // namespace quayside::flatfile
