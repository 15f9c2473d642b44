// What SQLite and the operating system report, in the host's error vocabulary.
#pragma once

#include <string_view>

#include "absl/status/status.h"

struct sqlite3;

namespace quayside {

// `result_code` as SQLite returned it; `db` (may be null) gives the message. `doing` says what was tried.
// `error_number` is errno as the call left it, zeroed before: SQLite itself forgets it when a commit fails. Never OK.
[[nodiscard]] absl::Status SqliteError(sqlite3* db, int result_code, std::string_view doing, int error_number = 0);

// For failures of our own file operations on `path`.
[[nodiscard]] absl::Status FileError(int error_number, std::string_view doing, std::string_view path);

}  // namespace quayside
