// A small call of a plugin that runs in quayside-runner, beside what two processes can do at best here.
#pragma once

#include <string>

#include "host/base/clock.h"

namespace quayside {

// Rows plugin_call_runner (median; limit: the median of the same bytes back and forth between two processes, one thread
// each, nothing else done) and runner_restart (from a kill to the first answered call).
void MeasureRunnerCalls(const std::string& bundle, const std::string& scratch, const Clock& clock);

}  // namespace quayside
