// The configuration file.
#include "host/ops/settings.h"

#include "host/base/errors.h"
#include "host/ops/setting_table.h"
#include "host/ops/setting_value.h"
#include "tests/fuzz/target.h"

namespace {

using quayside::Setting;
using quayside::Settings;
using quayside::SettingValue;

SettingValue ValueIn(const Setting& setting, const Settings& settings) {
  return std::visit([&](auto member) -> SettingValue { return settings.*member; }, setting.member);
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(settings) {
  const auto settings = ParseSettings(std::string(input), "quayside.toml");
  if (!settings.ok()) {
    Require(HasReason(settings.status(), Reason::kConfigFile), "a refused file says CONFIG_FILE");
    Require(settings.status().message().find("quayside.toml") != std::string::npos, "every mistake names the file");
    return;
  }
  for (const Setting& setting : SettingTable()) {
    const std::string problem = ValueProblem(setting, ValueIn(setting, *settings));
    Require(problem.empty(), "what is read is in its range: " + setting.Name() + " " + problem);
  }
}
