// A setting as text: environment and --set. The first line names it; durations by themselves, too.
#include "host/base/errors.h"
#include "host/ops/setting_table.h"
#include "host/ops/setting_value.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(setting_text) {
  const auto [name, text] = SplitLine(input);
  for (const Setting& setting : SettingTable()) {
    if (setting.Name() != name) continue;
    const auto value = ReadSettingText(setting, text);
    if (!value.ok()) {
      const std::string message(value.status().message());
      Require(message.starts_with("is ") || message.starts_with("must "), "a refusal can follow the setting's name");
      continue;
    }
    Settings settings;
    if (ValueProblem(setting, *value).empty()) StoreSetting(setting, *value, settings);
  }
  if (const auto duration = ParseDuration(text)) {
    Require(ParseDuration(DurationText(*duration)) == duration, "a duration survives being written");
  }
}
