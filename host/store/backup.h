// Copies, checks and the cleaning of a whole database, on a connection of their own.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace quayside {

// A consistent copy of the database file `from` as the new file `to`, durable and complete when it appears under that
// name. ALREADY_EXISTS when there is something at `to`. Writers go on meanwhile.
[[nodiscard]] absl::Status BackupDatabase(const std::string& from, const std::string& to);

// The write-ahead log of the database at `path`, which is in use, goes into it and is cut to nothing: pages as they
// were before stand in it else. Waits a second for readers of older states, and nobody writes meanwhile. UNAVAILABLE
// DATABASE_BUSY.
[[nodiscard]] absl::Status PurgeDatabase(const std::string& path);

// Every page, index and constraint. DATA_LOSS DATABASE_CORRUPT with SQLite's findings.
[[nodiscard]] absl::Status CheckDatabase(const std::string& path);

}  // namespace quayside
