// What needs no host: the host's own rules about bundles and keys, asked in this process.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/ops/settings.h"
#include "tools/quayside/command_tree.h"
#include "tools/quayside/console.h"

namespace quayside::cli {

// A failure of the host's rules as a call to the host would have answered it: with its reason, and with advice.
[[nodiscard]] absl::Status FromHostRules(const absl::Status& status);

// The folder of trusted keys: `chosen`, else $QUAYSIDE_PLUGINS_TRUSTED_KEYS, else the host's default.
[[nodiscard]] std::string TrustedKeysFolder(const std::string& chosen, const Console& console);

// How a command that looks at this machine learns what the host was told.
struct LocalSettingsOptions {
  std::string config;  // empty: /etc/quayside/quayside.toml when it is there
  std::vector<std::string> sets;
};
void AddLocalSettings(Command& command, LocalSettingsOptions& options);
// File, then $QUAYSIDE_..., then --set: as quaysided reads them. CONFIG_FILE with every mistake.
[[nodiscard]] absl::StatusOr<Settings> LocalSettings(const LocalSettingsOptions& options, const Console& console);

// Whether these are the settings of the host that the machine's service runs, and not of one that somebody started
// beside it: it keeps its data where /etc/quayside/quayside.toml, or nothing, says, and is not in development.
[[nodiscard]] bool IsOfTheService(const Settings& settings);

// The console's time.
class ConsoleClock final : public Clock {
 public:
  explicit ConsoleClock(const Console& console) : console_(console) {}
  [[nodiscard]] TimeUs Now() const override;
  // Nothing here waits.
  void WaitUntil(std::unique_lock<std::mutex>&, std::condition_variable&, TimeUs) const override {}
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override { return duration; }

 private:
  const Console& console_;
};

}  // namespace quayside::cli
