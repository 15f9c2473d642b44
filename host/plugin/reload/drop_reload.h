// What happens to a bundle that somebody put into the watched folder (drop_folder.h): it is installed, and takes over
// with a canary of the usual kind.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "host/plugin/bundle.h"
#include "host/plugin/catalog.h"

namespace quayside {

// OK when this very build works afterwards. A canary that failed is FAILED_PRECONDITION CANARY_FAILED: trying it again
// at the next look would be no use.
[[nodiscard]] absl::Status InstallAndReload(PluginCatalog& catalog, const Bundle& bundle, const std::string& folder);

// A dropped bundle was refused: an event and an audit row (plugin.drop_refused) when the plugin is known, and the log.
void TellRefusedBundle(Store& store, const Clock& clock, Logger& logger, const std::string& folder,
                       const std::string& plugin_id, const absl::Status& why);

}  // namespace quayside
