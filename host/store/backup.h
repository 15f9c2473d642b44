// Copies and checks of a whole database, on a connection of their own.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace quayside {

// A consistent copy of the database file `from` as the new file `to`, durable and complete when it appears under that
// name. ALREADY_EXISTS when there is something at `to`. Writers go on meanwhile.
[[nodiscard]] absl::Status BackupDatabase(const std::string& from, const std::string& to);

// Every page, index and constraint. DATA_LOSS DATABASE_CORRUPT with SQLite's findings.
[[nodiscard]] absl::Status CheckDatabase(const std::string& path);

}  // namespace quayside
