// Operations as the API shows them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/store/operation_records.h"
#include "quayside/v1/operation_service.pb.h"

namespace quayside {

// INTERNAL: the stored result cannot be read.
[[nodiscard]] absl::StatusOr<quayside::v1::Operation> OperationView(const OperationRecord& record);
// What OperationRecord::result holds of an operation with the result alone.
[[nodiscard]] std::string StoredResult(const quayside::v1::Operation& result);

}  // namespace quayside
