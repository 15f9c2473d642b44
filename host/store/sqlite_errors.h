// What SQLite and the operating system report, in the host's error vocabulary.
#pragma once

#include <string_view>

#include "absl/status/status.h"

struct sqlite3;

namespace quayside {

// `result_code` as SQLite returned it; `db` (may be null) gives the message and the errno behind an I/O error. `doing` says what
// was tried. Never OK.
[[nodiscard]] absl::Status SqliteError(sqlite3* db, int result_code, std::string_view doing);

// For failures of our own file operations on `path`.
[[nodiscard]] absl::Status FileError(int error_number, std::string_view doing, std::string_view path);

}  // namespace quayside
