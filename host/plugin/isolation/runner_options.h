// How runners are started, limited, and started again.
#pragma once

#include <functional>
#include <string>

#include "host/base/time.h"
#include "host/plugin/isolation/restart_rules.h"
#include "host/plugin/isolation/runner_process.h"

namespace quayside {

// What operators are told. In an events' words: plugin.crashed, plugin.restarted, plugin.quarantined.
struct RunnerReport {
  enum class Kind { kCrashed, kRestarted, kQuarantined };
  Kind kind = Kind::kCrashed;
  std::string plugin_id;
  std::string version;
  int64_t generation = 0;
  std::string message;        // kCrashed, kQuarantined: how it ended
  DurationUs restart_us = 0;  // kRestarted: from the end to the new process's being ready
};

struct RunnerOptions {
  std::string program;  // quayside-runner
  int workers = 4;
  RunnerLimits limits;
  RestartRules restart;
  DurationUs load_timeout_us = 10 * kSecondUs;     // real time, until the library is loaded, there or in the probe
  DurationUs control_timeout_us = 10 * kSecondUs;  // real time, of create, destroy, upgrade_cursor and unload
  // Development: the runner waits for a debugger before it loads anything, and is not killed while one holds it.
  bool wait_for_debugger = false;
  // Called on the thread that looks after the runner; may be empty. Must not call into the plugin.
  std::function<void(const RunnerReport&)> report;
};

}  // namespace quayside
