#include "tools/quayside/local_host.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "host/base/errors.h"
#include "host/ops/setting_table.h"
#include "host/ops/settings.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

constexpr char kUsualConfiguration[] = "/etc/quayside/quayside.toml";

// Empty when it is not there.
std::string UsualConfiguration() {
  std::error_code error;
  return std::filesystem::exists(kUsualConfiguration, error) ? kUsualConfiguration : "";
}

}  // namespace

absl::Status FromHostRules(const absl::Status& status) {
  const std::string reason = quayside::ReasonOf(status);
  if (status.ok() || reason.empty()) return status;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("quayside");
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  details.add_details()->PackFrom(info);
  return CallError(details.code(), status.message(), details.SerializeAsString());
}

std::string TrustedKeysFolder(const std::string& chosen, const Console& console) {
  if (!chosen.empty()) return chosen;
  const auto variable = console.environment("QUAYSIDE_PLUGINS_TRUSTED_KEYS");
  return variable.has_value() && !variable->empty() ? *variable : Settings().trusted_keys;
}

void AddLocalSettings(Command& command, LocalSettingsOptions& options) {
  command.Option("--config", options.config, "FILE",
                 "The host's configuration; /etc/quayside/quayside.toml if it is there");
  command.Option("--set", options.sets, "NAME=VALUE",
                 "One of the host's settings, such as host.data_dir=/srv/quayside");
}

absl::StatusOr<Settings> LocalSettings(const LocalSettingsOptions& options, const Console& console) {
  SettingsOverrides overrides{.config_file = options.config, .environment = {}, .sets = options.sets};
  if (options.config.empty()) overrides.config_file = UsualConfiguration();
  for (const Setting& setting : SettingTable()) {
    const std::string name = setting.EnvironmentName();
    if (const auto value = console.environment(name)) overrides.environment[name] = *value;
  }
  return LoadSettings(overrides);
}

bool IsOfTheService(const Settings& settings) {
  const auto usual = LoadSettings({.config_file = UsualConfiguration(), .environment = {}, .sets = {}});
  return !settings.development && settings.data_dir == (usual.ok() ? *usual : Settings()).data_dir;
}

TimeUs ConsoleClock::Now() const { return absl::ToUnixMicros(console_.now()); }

}  // namespace quayside::cli
