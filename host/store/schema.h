// The tables and how they came to be: numbered steps, each applied once, in its own transaction.
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "host/store/sqlite_connection.h"

namespace quayside {

// Stored in PRAGMA application_id: "Qsid".
inline constexpr int64_t kDatabaseApplicationId = 0x51736964;

// Step i + 1 is the SQL at i, ended by a semicolon.
[[nodiscard]] absl::Span<const char* const> SchemaSteps();

// The step this program ends at.
[[nodiscard]] int64_t NewestSchemaVersion();

// Refuses, without writing, what this program must not touch: another program's database (DATABASE_CORRUPT) and a newer
// version's (DATABASE_NEWER). Reads the header and the schema only; damage elsewhere shows when it is read.
[[nodiscard]] absl::Status CheckSchema(SqliteConnection& db);

// Applies the steps that are missing. A step that fails changes nothing, those before it stay.
[[nodiscard]] absl::Status MigrateSchema(SqliteConnection& db);

// The same with other steps than this program's, or with the first of them.
[[nodiscard]] absl::Status MigrateSchema(SqliteConnection& db, absl::Span<const char* const> steps);

}  // namespace quayside
