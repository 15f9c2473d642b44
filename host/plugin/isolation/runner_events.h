// What happens to runners, as events operators can watch.
#pragma once

#include <functional>

#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/plugin/isolation/runner_options.h"
#include "host/store/store.h"

namespace quayside {

// For RunnerOptions::report: plugin.crashed, plugin.restarted (docs/events.md); plugin.quarantined is the catalog's.
// One that cannot be written is logged. All three outlive the answer.
[[nodiscard]] std::function<void(const RunnerReport&)> RunnerEvents(Store& store, const Clock& clock, Logger& logger);

}  // namespace quayside
