// What the API shows of a plugin and of a bundle. Apart from the services, so that the command line shows the same
// without a host.
#pragma once

#include "host/plugin/catalog.h"
#include "quayside/v1/plugin_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::Plugin PluginView(const PluginStatus& status);
[[nodiscard]] quayside::v1::InspectPluginResponse InspectionView(const BundleInspection& inspection);

// The generation that works; 0 = none. The etag of a plugin.
[[nodiscard]] int64_t ActiveNumber(const PluginStatus& status);

}  // namespace quayside
