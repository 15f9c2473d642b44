// Takes what was overwritten or deleted out of the files of a database that is in use.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace quayside {

// The write-ahead log goes into the database and is cut to nothing, and the gaps of all pages (page_gap.h) are
// overwritten, 64 MiB at a time, during which nobody writes. Waits a second for readers of older states. UNAVAILABLE
// DATABASE_BUSY.
[[nodiscard]] absl::Status PurgeDatabase(const std::string& path);

}  // namespace quayside
