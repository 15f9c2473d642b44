#include "host/ops/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/utility/utility.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/ops/near_name.h"
#include "host/ops/setting_table.h"
#include "host/ops/setting_value.h"

namespace quayside {
namespace {

// sockaddr_un holds 108 bytes with the final NUL.
constexpr size_t kLongestSocketPath = 107;

// Takes settings layer by layer, each over the one before, and keeps every mistake.
class SettingsReader {
 public:
  void ReadFile(const std::string& path);
  void ReadToml(const std::string& text, const std::string& file_name);
  void ReadEnvironment(const std::map<std::string, std::string>& environment);
  void ReadSets(const std::vector<std::string>& sets);
  [[nodiscard]] absl::StatusOr<Settings> Finish();

 private:
  void Mistake(std::string_view place, std::string_view text) { mistakes_.push_back(Concat(place, ": ", text)); }
  void ReadTable(const std::string& table_name, const toml::table& table, const std::string& file_name);
  void Put(const Setting& setting, const absl::StatusOr<SettingValue>& value, const std::string& place);
  void PutText(const Setting& setting, std::string_view text, const std::string& place) {
    Put(setting, ReadSettingText(setting, text), place);
  }
  void CheckTogether();

  Settings settings_;
  std::map<std::string, std::string> places_;  // setting -> where its value stands
  std::vector<std::string> mistakes_;
};

const Setting* FindSetting(std::string_view name) {
  const std::vector<Setting>& table = SettingTable();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Setting& setting) { return setting.Name() == name; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<std::string> TableNames() {
  std::set<std::string> names;
  for (const Setting& setting : SettingTable()) names.emplace(setting.table);
  return {names.begin(), names.end()};
}

template <typename NameOf>
std::vector<std::string> Names(NameOf name_of) {
  std::vector<std::string> names;
  for (const Setting& setting : SettingTable()) names.push_back(name_of(setting));
  return names;
}

std::string DidYouMean(std::string_view text, const std::vector<std::string>& known) {
  const std::string near = NearName(text, known);
  return near.empty() ? Concat("known are ", absl::StrJoin(known, ", ")) : Concat("did you mean '", near, "'?");
}

// A key under a wrong table, or under none, is more often misplaced than misspelt.
std::string UnknownKey(std::string_view table, std::string_view key) {
  const std::string name = table.empty() ? std::string(key) : Concat(table, ".", key);
  std::vector<std::string> in_table;
  for (const Setting& setting : SettingTable()) {
    if (setting.key == key) return Concat("unknown setting '", name, "'; it belongs under [", setting.table, "]");
    if (setting.table == table) in_table.emplace_back(setting.key);
  }
  return Concat("unknown setting '", name, "'; ", DidYouMean(key, in_table.empty() ? TableNames() : in_table));
}

std::string_view TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text in quotes";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

absl::Status WrongType(const Setting& setting, const toml::node& node) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kConfigFile,
                   Concat("must be ", setting.Form(), ", not ", TypeName(node)));
}

absl::StatusOr<TextMap> ReadTextMap(const Setting& setting, const toml::table& table) {
  TextMap map;
  for (const auto& [origin, address] : table) {
    const auto* const text = address.as_string();
    if (text == nullptr) return WrongType(setting, address);
    map[std::string(origin.str())] = text->get();
  }
  return map;
}

template <typename T>
absl::StatusOr<SettingValue> ValidNode(T value) {
  return absl::StatusOr<SettingValue>(absl::in_place, std::move(value));
}

absl::StatusOr<SettingValue> ReadNode(const Setting& setting, const toml::node& node) {
  if (std::holds_alternative<std::string Settings::*>(setting.member)) {
    if (const auto* text = node.as_string()) return ValidNode(text->get());
  } else if (std::holds_alternative<bool Settings::*>(setting.member)) {
    if (const auto* value = node.as_boolean()) return ValidNode(value->get());
  } else if (std::holds_alternative<int Settings::*>(setting.member)) {
    if (const auto* number = node.as_integer()) return ReadSettingText(setting, Concat(number->get()));
  } else if (std::holds_alternative<DurationUs Settings::*>(setting.member)) {
    if (const auto* text = node.as_string()) return ReadSettingText(setting, text->get());
    if (const auto* seconds = node.as_integer()) return ReadSettingText(setting, Concat(seconds->get()));
  } else if (const auto* table = node.as_table()) {
    QS_ASSIGN_OR_RETURN(TextMap map, ReadTextMap(setting, *table));
    return ValidNode(std::move(map));
  }
  return WrongType(setting, node);
}

void SettingsReader::Put(const Setting& setting, const absl::StatusOr<SettingValue>& value, const std::string& place) {
  const std::string problem = value.ok() ? ValueProblem(setting, *value) : std::string(value.status().message());
  if (!problem.empty()) {
    Mistake(place, Concat(setting.Name(), " ", problem));
    return;
  }
  StoreSetting(setting, *value, settings_);
  places_[setting.Name()] = place;
}

void SettingsReader::ReadTable(const std::string& table_name, const toml::table& table, const std::string& file_name) {
  for (const auto& [key, node] : table) {
    const std::string place = Concat(file_name, ":", key.source().begin.line);
    const Setting* const setting = FindSetting(Concat(table_name, ".", std::string_view(key.str())));
    if (setting == nullptr) {
      Mistake(place, UnknownKey(table_name, key.str()));
    } else {
      Put(*setting, ReadNode(*setting, node), place);
    }
  }
}

// TOML's tables come sorted by name; mistakes are told in the order of the file.
void SortByLine(std::vector<std::string>& mistakes, const std::string& file_name) {
  const auto line = [&](const std::string& mistake) {
    const size_t begin = file_name.size() + 1;
    return ParseWhole(std::string_view(mistake).substr(begin, mistake.find(':', begin) - begin)).value_or(0);
  };
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [&](const std::string& a, const std::string& b) { return line(a) < line(b); });
}

void SettingsReader::ReadToml(const std::string& text, const std::string& file_name) {
  toml::table root;
  try {
    root = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    Mistake(Concat(file_name, ":", error.source().begin.line), Concat("not valid TOML: ", error.description()));
    return;
  }
  const std::vector<std::string> tables = TableNames();
  for (const auto& [key, node] : root) {
    const std::string name(key.str());
    const std::string place = Concat(file_name, ":", key.source().begin.line);
    const bool is_known = std::find(tables.begin(), tables.end(), name) != tables.end();
    const auto* const table = node.as_table();
    if (table != nullptr && is_known) {
      ReadTable(name, *table, file_name);
    } else if (table != nullptr) {
      Mistake(place, Concat("unknown table [", name, "]; ", DidYouMean(name, tables)));
    } else if (is_known) {
      Mistake(place, Concat("'", name, "' is a table; write [", name, "] and its settings on the lines below"));
    } else {
      Mistake(place, UnknownKey("", name));
    }
  }
  SortByLine(mistakes_, file_name);
}

void SettingsReader::ReadFile(const std::string& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  std::string text;
  std::array<char, 4096> buffer;
  while (file != nullptr) {
    const size_t bytes = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (bytes == 0) break;
    text.append(buffer.data(), bytes);
  }
  if (file == nullptr || std::ferror(file.get()) != 0) {
    Mistake(path, Concat("cannot be read: ", std::strerror(errno)));
    return;
  }
  ReadToml(text, path);
}

void SettingsReader::ReadEnvironment(const std::map<std::string, std::string>& environment) {
  const std::vector<std::string> known = Names([](const Setting& setting) { return setting.EnvironmentName(); });
  for (const auto& [name, value] : environment) {
    if (!std::string_view(name).starts_with("QUAYSIDE_")) continue;
    const auto found = std::find(known.begin(), known.end(), name);
    const std::string place = Concat("environment ", name);
    if (found != known.end()) {
      PutText(SettingTable()[static_cast<size_t>(found - known.begin())], value, place);
      continue;
    }
    // Other programs have QUAYSIDE_ names too; those that begin with one of our tables can only be meant for us.
    const std::vector<std::string> tables = TableNames();
    const bool is_ours = std::any_of(tables.begin(), tables.end(), [lower = LowerCase(name)](const std::string& table) {
      return lower.starts_with(Concat("quayside_", table, "_"));
    });
    if (is_ours) Mistake(place, Concat("unknown setting; ", DidYouMean(name, known)));
  }
}

void SettingsReader::ReadSets(const std::vector<std::string>& sets) {
  const std::vector<std::string> known = Names([](const Setting& setting) { return setting.Name(); });
  for (const std::string& set : sets) {
    const size_t equals = set.find('=');
    const std::string name(Trim(std::string_view(set).substr(0, equals)));
    const std::string place = Concat("--set ", name);
    const Setting* const setting = FindSetting(name);
    if (equals == std::string::npos) {
      Mistake(place, "write it as name=value, such as sync.workers_per_plugin=8");
    } else if (setting == nullptr) {
      Mistake(place, Concat("unknown setting; ", DidYouMean(name, known)));
    } else {
      PutText(*setting, std::string_view(set).substr(equals + 1), place);
    }
  }
}

// Rules about more than one setting.
void SettingsReader::CheckTogether() {
  for (const Setting& setting : SettingTable()) {
    const auto place = places_.find(setting.Name());
    if (!setting.development_only || settings_.development || place == places_.end()) continue;
    Mistake(place->second,
            Concat(setting.Name(), " is for development only; remove it, or set development.enabled = true"));
  }
  const std::string socket =
      settings_.socket.empty() ? Concat(settings_.data_dir, "/run/quayside.sock") : settings_.socket;
  if (socket.size() > kLongestSocketPath) {
    const std::string name = settings_.socket.empty() ? "host.data_dir" : "host.socket";
    Mistake(places_[name], Concat(name, " makes a socket path of ", socket.size(), " bytes, and ", kLongestSocketPath,
                                  " is the longest there can be; set host.socket to a shorter one"));
  }
}

absl::StatusOr<Settings> SettingsReader::Finish() {
  CheckTogether();
  if (mistakes_.empty()) return settings_;
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kConfigFile, absl::StrJoin(mistakes_, "\n"));
}

}  // namespace

DurationUs SubmissionsKeptUs(const Settings& settings) {
  return settings.submissions_days < 0 ? std::numeric_limits<DurationUs>::max() : settings.submissions_days * kDayUs;
}

absl::StatusOr<Settings> LoadSettings(const SettingsOverrides& overrides) {
  SettingsReader reader;
  if (!overrides.config_file.empty()) reader.ReadFile(overrides.config_file);
  reader.ReadEnvironment(overrides.environment);
  reader.ReadSets(overrides.sets);
  return reader.Finish();
}

absl::StatusOr<Settings> ParseSettings(const std::string& toml, const std::string& file_name) {
  SettingsReader reader;
  reader.ReadToml(toml, file_name);
  return reader.Finish();
}

}  // namespace quayside
