#include "host/plugin/downgrade.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/version_order.h"

namespace quayside {

std::string HighestVersion(const std::vector<std::string>& versions) {
  const auto highest = std::max_element(versions.begin(), versions.end(),
                                        [](const auto& a, const auto& b) { return CompareVersions(a, b) < 0; });
  return highest == versions.end() ? std::string() : *highest;
}

absl::Status CheckDowngrade(std::string_view plugin_id, std::string_view version,
                            const std::vector<std::string>& ever_active) {
  const std::string highest = HighestVersion(ever_active);
  if (highest.empty() || CompareVersions(version, highest) >= 0) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginDowngrade,
                   Concat(plugin_id, " ", version, " is older than ", highest,
                          ", which was active before; allow the downgrade if that is meant"),
                   {{"version", std::string(version)}, {"highest", highest}});
}

}  // namespace quayside
