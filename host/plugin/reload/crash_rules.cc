#include "host/plugin/reload/crash_rules.h"

#include <algorithm>

namespace quayside {

bool IsOneTooMany(const std::vector<TimeUs>& strikes, TimeUs now, const CrashPolicy& policy) {
  const auto recent =
      std::count_if(strikes.begin(), strikes.end(), [&](TimeUs at) { return at > now - policy.window_us; });
  return recent >= policy.strikes;
}

std::optional<std::string> LastGoodVersion(const std::vector<VersionHistory>& versions, const std::string& except) {
  const VersionHistory* best = nullptr;
  for (const VersionHistory& candidate : versions) {
    if (candidate.version == except || candidate.quarantined || candidate.rolled_back ||
        candidate.last_active_us == 0) {
      continue;
    }
    if (best == nullptr || candidate.last_active_us > best->last_active_us) best = &candidate;
  }
  return best == nullptr ? std::nullopt : std::optional(best->version);
}

}  // namespace quayside
