// Copies and checks of a whole database, on a connection of their own.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace quayside {

// Told after each piece how many pages are copied and how many there are. Anything but OK ends the copy with it.
using BackupProgress = absl::FunctionRef<absl::Status(int64_t done, int64_t pages)>;

// A consistent copy of the database file `from` as the new file `to`, durable and complete when it appears under that
// name, 0600, one file without a log beside it. ALREADY_EXISTS BACKUP_EXISTS when there is something at `to`. Writers
// go on meanwhile.
[[nodiscard]] absl::Status BackupDatabase(const std::string& from, const std::string& to, BackupProgress progress);

// Every page, index and constraint. DATA_LOSS DATABASE_CORRUPT with SQLite's findings.
[[nodiscard]] absl::Status CheckDatabase(const std::string& path);

// Every page, without comparing indexes with their tables: some seconds for a gigabyte. As CheckDatabase.
[[nodiscard]] absl::Status QuickCheckDatabase(const std::string& path);

}  // namespace quayside
