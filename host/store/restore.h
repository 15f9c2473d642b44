// A backup in the place of the database, with no host running.
//
// The world went on since the backup was made, and the database that comes back does not know. What it would do by
// itself is therefore made safe before the host sees it (MakeSafe):
// - packages that wait to be confirmed are looked for at the marketplace first, those that were on their way are asked
//   about: none is confirmed twice;
// - cancellations and refunds that were to be handed over, or of unknown fate, are a person's to look up, because money
//   is paid twice to whoever asks twice; orders for a marketplace's warehouse are looked for there first;
// - no quantity counts as accepted any more: all are worked out anew, a raise waits for orders that are as new as the
//   restore, and each channel waits for a person's word: no old number overwrites a newer one;
// - documents that were being filled are given back, listings and warehouses' stock are read anew, orders from where
//   the backup was;
// - rate budgets begin empty; event revisions go on far above any that was given out, with no history before them, so
//   that whoever follows events reads the present state anew.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/store/backup_file.h"

namespace quayside {

struct RestoreOptions {
  std::string data_dir;
  std::string backup;  // its database file
  TimeUs now = 0;
};

struct RestoreReport {
  BackupManifest manifest;
  // Folder below the data folder with the database that was replaced; empty: there was none.
  std::string kept;
};

// Verifies the backup, prepares its copy, and puts it in the database's place; what was there is kept. Before the copy
// is complete nothing is changed; cut off afterwards the host refuses to start (RESTORE_UNFINISHED) until a restore has
// gone through. UNAVAILABLE DATABASE_LOCKED while a host runs, else as VerifyBackup, DISK_FULL, DATABASE_READ_ONLY.
[[nodiscard]] absl::StatusOr<RestoreReport> RestoreBackup(const RestoreOptions& options);

// FAILED_PRECONDITION RESTORE_UNFINISHED.
[[nodiscard]] absl::Status CheckNoRestoreUnderWay(const std::string& data_dir);

}  // namespace quayside
