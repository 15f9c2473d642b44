// Loading a library runs its constructors before anything can be checked. So a new library is loaded by a child process
// first: a crash, a hang or an exit there is a finding, not an outage.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "host/base/time.h"

namespace quayside {

// Runs `{probe_program} {folder}` and waits at most `patience` (real time). FAILED_PRECONDITION PLUGIN_REJECTED with
// what the child said or how it died.
[[nodiscard]] absl::Status ProbeBundle(const std::string& probe_program, const std::string& folder,
                                       DurationUs patience_us);

// What the child does: read, load, check, make an instance with an empty configuration, destroy, unload. The process's
// exit code; the finding goes to standard output.
[[nodiscard]] int RunProbe(const std::string& folder);

}  // namespace quayside
