// What "account test" and "channel test" found.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "quayside/v1/account_service.pb.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

// A row for each finding, and whether `name` ("channels/uk") works. FAILED_PRECONDITION when it does not.
[[nodiscard]] absl::Status ReportFindings(Context& context, const std::string& name, bool ok,
                                          const google::protobuf::RepeatedPtrField<v1::TestFinding>& findings);

}  // namespace quayside::cli
