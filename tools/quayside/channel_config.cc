#include "tools/quayside/channel_config.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"

namespace quayside::cli {
namespace {

using v1::ChannelConfig;

constexpr char kUnset[] = "unset";
constexpr absl::string_view kPluginOptionPrefix = "options.";

// How one option is read and written. `set` answers what is wrong with the value, "" when it was taken.
struct ConfigKey {
  absl::string_view key;
  absl::string_view field;  // name in the message, for update_mask
  absl::string_view meaning;
  std::string (*get)(const ChannelConfig&);
  std::string (*set)(ChannelConfig&, absl::string_view);
  void (*clear)(ChannelConfig&);
};

// Writes a whole number with the setter, or clears for "off".
template <class Set, class Clear>
std::string SetWholeNumber(absl::string_view text, Set set, Clear clear) {
  std::int32_t value = 0;
  if (absl::AsciiStrToLower(text) == "off") {
    clear();
  } else if (absl::SimpleAtoi(text, &value)) {
    set(value);
  } else {
    return "is no whole number and not 'off'";
  }
  return "";
}

// An option that is on or off; its key is the field's name.
template <auto kGet, auto kSet, auto kClear>
constexpr ConfigKey Switch(absl::string_view key, absl::string_view meaning) {
  return {key,
          key,
          meaning,
          [](const ChannelConfig& config) -> std::string { return (config.*kGet)() ? "on" : "off"; },
          [](ChannelConfig& config, absl::string_view text) -> std::string {
            const auto value = ParseSwitch(text);
            if (!value) return "is neither on nor off";
            (config.*kSet)(*value);
            return "";
          },
          [](ChannelConfig& config) { (config.*kClear)(); }};
}

// One that means something else when it is unset.
template <auto kHas, auto kGet, auto kSet, auto kClear>
constexpr ConfigKey OptionalSwitch(absl::string_view key, absl::string_view meaning) {
  ConfigKey made = Switch<kGet, kSet, kClear>(key, meaning);
  made.get = [](const ChannelConfig& config) -> std::string {
    if (!(config.*kHas)()) return kUnset;
    return (config.*kGet)() ? "on" : "off";
  };
  return made;
}

constexpr std::array kConfigKeys = {
    OptionalSwitch<&ChannelConfig::has_update_inventory, &ChannelConfig::update_inventory,
                   &ChannelConfig::set_update_inventory, &ChannelConfig::clear_update_inventory>(
        "update_inventory", "send stock levels: on, off"),
    OptionalSwitch<&ChannelConfig::has_inventory_from_location, &ChannelConfig::inventory_from_location,
                   &ChannelConfig::set_inventory_from_location, &ChannelConfig::clear_inventory_from_location>(
        "inventory_from_location", "count the inventory_locations only: on, off; unset: on when there are any"),
    ConfigKey{"inventory_locations", "inventory_locations",
              "locations that count, comma separated; without the switch above: all but fulfilment centres",
              [](const ChannelConfig& config) -> std::string {
                if (config.inventory_locations().empty()) return kUnset;
                std::vector<std::string> ids;
                for (const auto& name : config.inventory_locations()) ids.push_back(ResourceId("locations", name));
                return absl::StrJoin(ids, ",");
              },
              [](ChannelConfig& config, absl::string_view text) -> std::string {
                config.clear_inventory_locations();
                for (const absl::string_view part : absl::StrSplit(text, ',')) {
                  const absl::string_view id = absl::StripAsciiWhitespace(part);
                  if (id.empty()) return "names an empty location; --unset clears the list";
                  config.add_inventory_locations(ResourceName("locations", id));
                }
                return "";
              },
              [](ChannelConfig& config) { config.clear_inventory_locations(); }},
    ConfigKey{"order_download_location", "order_download_location",
              "where this channel's orders reserve; unset: default",
              [](const ChannelConfig& config) -> std::string {
                if (config.order_download_location().empty()) return kUnset;
                return ResourceId("locations", config.order_download_location());
              },
              [](ChannelConfig& config, absl::string_view text) -> std::string {
                if (text.empty()) return "is empty; --unset clears it";
                config.set_order_download_location(ResourceName("locations", text));
                return "";
              },
              [](ChannelConfig& config) { config.clear_order_download_location(); }},
    ConfigKey{"max_listed_quantity", "max_listed_quantity", "ceiling of the listed quantity; unset: none",
              [](const ChannelConfig& config) -> std::string {
                return config.has_max_listed_quantity() ? absl::StrCat(config.max_listed_quantity()) : kUnset;
              },
              [](ChannelConfig& config, absl::string_view text) {
                return SetWholeNumber(
                    text, [&](std::int32_t value) { config.set_max_listed_quantity(value); },
                    [&] { config.clear_max_listed_quantity(); });
              },
              [](ChannelConfig& config) { config.clear_max_listed_quantity(); }},
    ConfigKey{"listed_percentage", "listed_percentage_e4", "share of the available stock in percent; unset: 100",
              [](const ChannelConfig& config) -> std::string {
                return config.has_listed_percentage_e4() ? FormatPercentageE4(config.listed_percentage_e4()) : kUnset;
              },
              [](ChannelConfig& config, absl::string_view text) -> std::string {
                if (absl::AsciiStrToLower(text) == "off") {
                  config.clear_listed_percentage_e4();
                  return "";
                }
                const auto value = ParsePercentageE4(text);
                if (!value) return "is no percentage with at most four decimals and not 'off'";
                config.set_listed_percentage_e4(*value);
                return "";
              },
              [](ChannelConfig& config) { config.clear_listed_percentage_e4(); }},
    ConfigKey{"end_when_quantity", "end_when_quantity", "at or below this many available units send 0; unset: 0",
              [](const ChannelConfig& config) -> std::string {
                return config.has_end_when_quantity() ? absl::StrCat(config.end_when_quantity()) : kUnset;
              },
              [](ChannelConfig& config, absl::string_view text) {
                return SetWholeNumber(
                    text, [&](std::int32_t value) { config.set_end_when_quantity(value); },
                    [&] { config.clear_end_when_quantity(); });
              },
              [](ChannelConfig& config) { config.clear_end_when_quantity(); }},
    ConfigKey{"default_latency_days", "default_latency_days", "days between order and shipment; unset: not sent",
              [](const ChannelConfig& config) -> std::string {
                return config.has_default_latency_days() ? absl::StrCat(config.default_latency_days()) : kUnset;
              },
              [](ChannelConfig& config, absl::string_view text) {
                return SetWholeNumber(
                    text, [&](std::int32_t value) { config.set_default_latency_days(value); },
                    [&] { config.clear_default_latency_days(); });
              },
              [](ChannelConfig& config) { config.clear_default_latency_days(); }},
    Switch<&ChannelConfig::product_based_latency, &ChannelConfig::set_product_based_latency,
           &ChannelConfig::clear_product_based_latency>(
        "product_based_latency", "an item's own days between order and shipment come first: on, off; unset: off"),
    ConfigKey{"zero_brake_percent", "zero_brake_percent",
              "more than this share going to zero within an hour waits for you; unset: 20, 100: never",
              [](const ChannelConfig& config) -> std::string {
                return config.has_zero_brake_percent() ? absl::StrCat(config.zero_brake_percent()) : kUnset;
              },
              [](ChannelConfig& config, absl::string_view text) -> std::string {
                std::int32_t value = 0;
                if (!absl::SimpleAtoi(text, &value)) return "is no whole number; 100 switches the brake off";
                config.set_zero_brake_percent(value);
                return "";
              },
              [](ChannelConfig& config) { config.clear_zero_brake_percent(); }},
    OptionalSwitch<&ChannelConfig::has_mark_as_despatched, &ChannelConfig::mark_as_despatched,
                   &ChannelConfig::set_mark_as_despatched, &ChannelConfig::clear_mark_as_despatched>(
        "mark_as_despatched", "confirm to the marketplace what is despatched here: on, off; unset: on"),
    Switch<&ChannelConfig::fba_enabled, &ChannelConfig::set_fba_enabled, &ChannelConfig::clear_fba_enabled>(
        "fba_enabled",
        "the marketplace's warehouse has a location here, with its stock and orders: on, off; unset: off"),
    OptionalSwitch<&ChannelConfig::has_fba_sync_inventory, &ChannelConfig::fba_sync_inventory,
                   &ChannelConfig::set_fba_sync_inventory, &ChannelConfig::clear_fba_sync_inventory>(
        "fba_sync_inventory",
        "read that stock through this channel, one of those that share it: on, off; unset: on unless another does"),
    Switch<&ChannelConfig::convert_currency, &ChannelConfig::set_convert_currency,
           &ChannelConfig::clear_convert_currency>(
        "convert_currency",
        "declare values to that warehouse in the marketplace's currency, one to one: on, off; unset: off"),
    ConfigKey{"undisclosed_email", "undisclosed_email",
              "stands in for a buyer's address that is not disclosed; unset: words that say so",
              [](const ChannelConfig& config) -> std::string {
                return config.undisclosed_email().empty() ? kUnset : config.undisclosed_email();
              },
              [](ChannelConfig& config, absl::string_view text) -> std::string {
                if (text.empty()) return "is empty; --unset clears it";
                config.set_undisclosed_email(std::string(text));
                return "";
              },
              [](ChannelConfig& config) { config.clear_undisclosed_email(); }},
    ConfigKey{"utc_offset", "utc_offset_minutes", "hours added to the shown time of receipt: 1, -3:30, +5:45; unset: 1",
              [](const ChannelConfig& config) -> std::string {
                return config.has_utc_offset_minutes() ? FormatUtcOffset(config.utc_offset_minutes()) : kUnset;
              },
              [](ChannelConfig& config, absl::string_view text) -> std::string {
                const auto value = ParseUtcOffset(text);
                if (!value) return "is no number of hours like 1, -3:30 or +5:45";
                config.set_utc_offset_minutes(*value);
                return "";
              },
              [](ChannelConfig& config) { config.clear_utc_offset_minutes(); }},
};

// listed_percentage_e4, the name in the message, is not taken: it has another unit, and a percentage 10,000 times too
// large would be an expensive surprise.
const ConfigKey* FindKey(absl::string_view key) {
  const auto it =
      std::find_if(kConfigKeys.begin(), kConfigKeys.end(), [key](const ConfigKey& known) { return known.key == key; });
  return it == kConfigKeys.end() ? nullptr : &*it;
}

std::string KnownKeys() {
  std::string known;
  for (const auto& key : kConfigKeys) absl::StrAppend(&known, key.key, ", ");
  return known + "options.NAME";
}

// Collects edits and mistakes; each key may be edited once.
class Editor {
 public:
  explicit Editor(const ChannelConfig& present) { edit_.config = present; }

  void Set(absl::string_view assignment) {
    const auto parts = SplitAssignment(assignment);
    if (!parts) return AddMistake(assignment, "is not of the form key=value");
    const auto& [key, value] = *parts;
    if (!Claim(key)) return;
    if (absl::StartsWith(key, kPluginOptionPrefix)) {
      (*edit_.config.mutable_options())[key.substr(kPluginOptionPrefix.size())] = value;
      return AddPath("options");
    }
    const ConfigKey* known = FindKey(key);
    if (known == nullptr) return AddUnknown(key);
    if (const std::string wrong = known->set(edit_.config, value); !wrong.empty()) {
      return AddMistake(key, absl::StrCat("'", value, "' ", wrong));
    }
    AddPath(known->field);
  }

  void Unset(absl::string_view key) {
    if (!Claim(key)) return;
    if (absl::StartsWith(key, kPluginOptionPrefix)) {
      edit_.config.mutable_options()->erase(std::string(key.substr(kPluginOptionPrefix.size())));
      return AddPath("options");
    }
    const ConfigKey* known = FindKey(key);
    if (known == nullptr) return AddUnknown(key);
    known->clear(edit_.config);
    AddPath(known->field);
  }

  absl::StatusOr<ConfigEdit> Finish() && {
    if (mistakes_.empty()) return std::move(edit_);
    return WithAdvice(
        UsageErrors(mistakes_.size() == 1 ? "an option cannot be set" : "some options cannot be set", mistakes_),
        "'quayside channel config ID' shows the options and what they mean; nothing was changed");
  }

 private:
  bool Claim(absl::string_view key) {
    if (std::find(claimed_.begin(), claimed_.end(), key) != claimed_.end()) {
      AddMistake(key, "is given twice");
      return false;
    }
    claimed_.emplace_back(key);
    return true;
  }
  void AddPath(absl::string_view field) {
    const std::string path = absl::StrCat("config.", field);
    if (std::find(edit_.paths.begin(), edit_.paths.end(), path) == edit_.paths.end()) edit_.paths.push_back(path);
  }
  void AddMistake(absl::string_view key, absl::string_view wrong) {
    mistakes_.push_back(absl::StrCat(key, ": ", wrong));
  }
  void AddUnknown(absl::string_view key) { AddMistake(key, absl::StrCat("is no option; there are ", KnownKeys())); }

  ConfigEdit edit_;
  std::vector<std::string> claimed_;
  std::vector<std::string> mistakes_;
};

}  // namespace

absl::StatusOr<ConfigEdit> EditConfig(const ChannelConfig& present, const std::vector<std::string>& sets,
                                      const std::vector<std::string>& unsets) {
  Editor editor(present);
  for (const auto& assignment : sets) editor.Set(assignment);
  for (const auto& key : unsets) editor.Unset(key);
  return std::move(editor).Finish();
}

std::vector<ConfigLine> DescribeConfig(const ChannelConfig& config) {
  std::vector<ConfigLine> lines;
  for (const auto& key : kConfigKeys)
    lines.push_back({std::string(key.key), key.get(config), std::string(key.meaning)});
  const std::map<std::string, std::string> options(config.options().begin(), config.options().end());
  for (const auto& [name, value] : options)
    lines.push_back({absl::StrCat(kPluginOptionPrefix, name), value, "option of the plugin"});
  return lines;
}

std::vector<ConfigChange> CompareConfig(const ChannelConfig& before, const ChannelConfig& after) {
  std::map<std::string, std::string> old_values;
  for (const auto& line : DescribeConfig(before)) old_values[line.key] = line.value;
  std::vector<ConfigChange> changes;
  for (const auto& line : DescribeConfig(after)) {
    const auto it = old_values.find(line.key);
    const std::string old_value = it == old_values.end() ? kUnset : it->second;
    if (it != old_values.end()) old_values.erase(it);
    if (old_value != line.value) changes.push_back({line.key, old_value, line.value});
  }
  for (const auto& [key, value] : old_values) changes.push_back({key, value, kUnset});
  return changes;
}

std::optional<int> ParsePercentageE4(absl::string_view text) {
  constexpr std::size_t kDecimals = 4;
  const std::size_t point = text.find('.');
  const absl::string_view whole = text.substr(0, point);
  std::string decimals(point == absl::string_view::npos ? "" : text.substr(point + 1));
  const auto all_digits = [](absl::string_view part) {
    return std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
  };
  if (whole.empty() || !all_digits(whole) || !all_digits(decimals) || decimals.size() > kDecimals) return std::nullopt;
  if (point != absl::string_view::npos && decimals.empty()) return std::nullopt;
  decimals.resize(kDecimals, '0');
  std::int32_t value = 0;
  // The digits side by side are the value in 1/10,000 percent; a number too large for the message does not parse.
  if (!absl::SimpleAtoi(absl::StrCat(whole, decimals), &value)) return std::nullopt;
  return value;
}

std::string FormatPercentageE4(int value) {
  std::string digits = absl::StrCat(value % 10000);
  digits.insert(0, 4 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits.empty() ? absl::StrCat(value / 10000) : absl::StrCat(value / 10000, ".", digits);
}

std::optional<int> ParseUtcOffset(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  const auto digits = [](absl::string_view part) {
    return !part.empty() && part.size() <= 2 && std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
  };
  if (parts.size() > 2 || !digits(parts[0]) || (parts.size() == 2 && (!digits(parts[1]) || parts[1].size() != 2)))
    return std::nullopt;
  int hours = 0;
  int minutes = 0;
  if (!absl::SimpleAtoi(parts[0], &hours) || (parts.size() == 2 && !absl::SimpleAtoi(parts[1], &minutes)) ||
      minutes > 59)
    return std::nullopt;
  const int offset = hours * 60 + minutes;
  return negative ? -offset : offset;
}

std::string FormatUtcOffset(int minutes) {
  const int length = std::abs(minutes);
  const std::string rest = length % 60 == 0 ? "" : absl::StrCat(":", absl::Dec(length % 60, absl::kZeroPad2));
  return absl::StrCat(minutes < 0 ? "-" : "+", length / 60, rest);
}

std::optional<bool> ParseSwitch(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "on" || lower == "true" || lower == "yes") return true;
  if (lower == "off" || lower == "false" || lower == "no") return false;
  return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> SplitAssignment(absl::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) return std::nullopt;
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

}  // namespace quayside::cli
