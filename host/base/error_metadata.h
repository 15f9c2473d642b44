// Facts added to a failure on its way up.
#pragma once

#include "host/base/errors.h"

namespace quayside {

// The same code, reason, message and violations; of metadata that it has already the new value counts. OK stays OK.
[[nodiscard]] absl::Status AddMetadata(const absl::Status& status, const ErrorMetadata& more);

}  // namespace quayside
