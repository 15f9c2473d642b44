// After a death of the host: strikes for the versions that caused it, quarantine for the one that did so too often, and
// the last good version in its place.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/plugin/reload/crash_rules.h"
#include "host/plugin/reload/step_journal.h"
#include "host/store/store.h"

namespace quayside {

// Before plugins are loaded. Each strike is an event (plugin.crashed), as are plugin.quarantined and, when another
// version takes the place, plugin.fell_back.
[[nodiscard]] absl::Status RecoverFromCrash(Store& store, const Clock& clock, Logger& logger,
                                            const std::vector<JournalEntry>& left_behind, const CrashPolicy& policy);

}  // namespace quayside
