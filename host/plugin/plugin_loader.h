// The loader of the daemon: from a bundle's bytes to a loaded copy, in the mode asked for.
#pragma once

#include <memory>
#include <string>

#include "host/ops/log.h"
#include "host/plugin/isolation/runner_options.h"
#include "host/plugin/loaded_plugin.h"

namespace quayside {

struct PluginLoaderOptions {
  std::string run_dir;  // exists; private copies of what is loaded into this process, until they are unloaded
  RunnerOptions runner;
};

// `logger` outlives every plugin that is loaded.
[[nodiscard]] std::unique_ptr<PluginLoader> MakePluginLoader(Logger& logger, PluginLoaderOptions options);

}  // namespace quayside
