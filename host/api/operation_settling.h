// What became of the operations that were under way when the host ended. Done at its start, before a plugin is loaded:
// what stands in the store then is what they left.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/store/store.h"

namespace quayside {

// Facts that settling needs (OperationRecord::facts).
inline constexpr char kBackupPathFact[] = "path";
inline constexpr char kPluginFact[] = "plugin";            // its id
inline constexpr char kVersionBeforeFact[] = "before";     // that worked when the reload began; empty: none
inline constexpr char kRevisionBeforeFact[] = "revision";  // of the last event then
inline constexpr char kBundleOfFact[] = "bundle_of";       // of an installation: the plugin's id,
inline constexpr char kBundleSha256Fact[] = "sha256";      // and what its library is

// A backup that is complete has succeeded, a reload whose flip was stored and not taken back, and an installation whose
// event was, too. Everything else has failed with OPERATION_INTERRUPTED, and what there is of a backup is taken away.
[[nodiscard]] absl::Status SettleOperations(Store& store, const Clock& clock, Logger& logger);

// What a reload or a rollback that was cut off came to, by the events plugin.active of its plugin since it began,
// oldest first.
struct ReloadLeft {
  bool flipped = false;
  std::string version;  // that works now; empty: none does
  std::string words;
};
[[nodiscard]] ReloadLeft JudgeReload(const std::vector<EventRecord>& became_active, const std::string& version_before);

}  // namespace quayside
