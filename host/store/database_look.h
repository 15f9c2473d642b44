// A look into a database without opening it as a store: nothing is taken, migrated or written, so that it can be done
// beside a host that runs, and on one that will not.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"

namespace quayside {

// The schema step the file is at; 0 = nothing was ever stored in it. Errors as CheckSchema, DATABASE_READ_ONLY when it
// cannot be read.
[[nodiscard]] absl::StatusOr<int64_t> SchemaVersionOf(const std::string& path);

// `fn` sees one snapshot. FAILED_PRECONDITION DATABASE_NEWER; FAILED_PRECONDITION without a reason when the file is of
// an older schema, which a start of the host brings up to date.
[[nodiscard]] absl::Status LookIntoDatabase(const std::string& path, absl::FunctionRef<absl::Status(ReadTx&)> fn);

}  // namespace quayside
