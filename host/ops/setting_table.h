// Every setting once: where it is written, what it may be, what it means. Reading, refusing and the README's table
// follow it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/ops/settings.h"

namespace quayside {

using TextMap = std::map<std::string, std::string>;
// DurationUs is int64_t and plain whole numbers are int, so the member's type says how a value is written.
using SettingMember = std::variant<std::string Settings::*, bool Settings::*, int Settings::*, DurationUs Settings::*,
                                   TextMap Settings::*>;
using SettingValue = std::variant<std::string, bool, int, DurationUs, TextMap>;

struct Setting {
  std::string_view table;
  std::string_view key;
  SettingMember member;
  std::string_view meaning;
  std::vector<std::string_view> choices = {};  // texts: nothing else is allowed
  int64_t minimum = 0;                         // whole numbers; durations in microseconds
  int64_t maximum = 0;
  bool may_be_empty = false;      // texts
  bool development_only = false;  // refused unless development.enabled
  // "" or what is wrong with a text.
  std::string (*problem)(std::string_view) = nullptr;
  // Maps: the same, and how one is written.
  std::string (*map_problem)(const TextMap&) = nullptr;
  std::string_view map_form = {};

  // "sync.step_timeout"
  [[nodiscard]] std::string Name() const;
  // "QUAYSIDE_SYNC_STEP_TIMEOUT"
  [[nodiscard]] std::string EnvironmentName() const;
  // How to write a value: `a whole number from 1 to 64`.
  [[nodiscard]] std::string Form() const;
};

[[nodiscard]] const std::vector<Setting>& SettingTable();

// The table of host/ops/README.md, in Markdown.
[[nodiscard]] std::string SettingsMarkdown();

}  // namespace quayside
