// A plugin whose code runs in quayside-runner, a child process: what it does wrong ends there.
//
// A runner that ends (a crash, a kill, a broken protocol, a hang taken away) takes its calls with it: they answer
// UNAVAILABLE PLUGIN_CRASHED naming the signal. It is started again at once the first time, then with growing delays,
// and not any more when it ends too often: the loaded copy is then quarantined and its calls answer FAILED_PRECONDITION
// PLUGIN_QUARANTINED. Instances are made again in the new process when a call needs them.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "host/ops/log.h"
#include "host/plugin/bundle.h"
#include "host/plugin/isolation/runner_options.h"
#include "host/plugin/loaded_plugin.h"

namespace quayside {

// Starts a runner, hands it the bundle's bytes and checks what it loaded. FAILED_PRECONDITION PLUGIN_REJECTED naming
// what was found, UNAVAILABLE PLUGIN_CRASHED when it ended meanwhile. `logger` outlives the plugin.
[[nodiscard]] absl::StatusOr<std::unique_ptr<LoadedPlugin>> LoadIntoRunner(const Bundle& bundle, int64_t number,
                                                                           Logger& logger,
                                                                           const RunnerOptions& options);

}  // namespace quayside
