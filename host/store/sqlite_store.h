// SQLite behind the Store interface: WAL, synchronous=FULL, one writer thread that gathers waiting writes into one
// commit (a savepoint each), a pool of readers, STRICT tables, versioned migrations, a lock file per data folder.
// Formats: README.md.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/store/store.h"

namespace quayside {

struct SqliteOptions {
  std::string data_dir;  // made (0700) when absent; holds quayside.db and quayside.lock
  int reader_connections = 4;
};

// Failures, each before anything is changed: UNAVAILABLE DATABASE_LOCKED, FAILED_PRECONDITION DATABASE_NEWER or
// DATABASE_READ_ONLY or RESTORE_UNFINISHED, DATA_LOSS DATABASE_CORRUPT, RESOURCE_EXHAUSTED DISK_FULL.
[[nodiscard]] absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options);

}  // namespace quayside
