// Which version is not started again after the host died inside it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/base/time.h"

namespace quayside {

struct CrashPolicy {
  int strikes = 2;
  DurationUs window_us = kHourUs;
};

// `strikes`: when the host died inside the version, in any order.
[[nodiscard]] bool IsOneTooMany(const std::vector<TimeUs>& strikes, TimeUs now, const CrashPolicy& policy);

struct VersionHistory {
  std::string version;
  TimeUs last_active_us = 0;  // 0 = never
  bool quarantined = false;
  bool rolled_back = false;
};

// The version to start instead: the one that was active last among those that are neither quarantined nor were taken
// back, never one that was never active.
[[nodiscard]] std::optional<std::string> LastGoodVersion(const std::vector<VersionHistory>& versions,
                                                         const std::string& except);

}  // namespace quayside
