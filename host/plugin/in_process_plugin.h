// A plugin whose code runs in the host's own process: calls cost next to nothing, and what the code does wrong it does
// to the host.
#pragma once

#include <memory>

#include "host/plugin/library.h"
#include "host/plugin/loaded_plugin.h"

namespace quayside {

[[nodiscard]] std::unique_ptr<LoadedPlugin> MakeInProcessPlugin(std::unique_ptr<PluginLibrary> library,
                                                                std::string plugin_id);

}  // namespace quayside
