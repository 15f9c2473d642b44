// What needs no host: the host's own rules about bundles and keys, asked in this process.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "host/base/clock.h"
#include "tools/quayside/console.h"

namespace quayside::cli {

// A failure of the host's rules as a call to the host would have answered it: with its reason, and with advice.
[[nodiscard]] absl::Status FromHostRules(const absl::Status& status);

// The folder of trusted keys: `chosen`, else $QUAYSIDE_PLUGINS_TRUSTED_KEYS, else the host's default.
[[nodiscard]] std::string TrustedKeysFolder(const std::string& chosen, const Console& console);

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
