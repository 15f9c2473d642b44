// absl::Status as the API answers it: grpc::Status with google.rpc.Status in its details. ErrorInfo always; BadRequest
// with the violations; RetryInfo when the metadata has "retry_at_us"; ResourceInfo when it has "resource"; RequestInfo
// with the id under which the host logged the call, and its trace.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "host/base/errors.h"
#include "host/base/time.h"

namespace grpc {
class Status;
}

namespace quayside {

inline constexpr std::string_view kResourceKey = "resource";

// Whether the status may leave the host as it is: its reason is one of the documented ones.
[[nodiscard]] bool HasDocumentedReason(const absl::Status& status);

// A status without a documented reason becomes INTERNAL and its message stays in the host: it was not written for
// clients. With one its code is the one the API promises, whatever it means inside the host: RATE_LIMITED and THROTTLED
// are RESOURCE_EXHAUSTED, PLUGIN_CRASHED is INTERNAL, SHUTTING_DOWN is UNAVAILABLE, and UNAUTHENTICATED and
// PERMISSION_DENIED are of the caller only: what a marketplace or a plugin was refused is FAILED_PRECONDITION.
// `trace_id` becomes RequestInfo.serving_data, "trace_id=...": empty, there is none.
[[nodiscard]] grpc::Status ToRpcStatus(const absl::Status& status, TimeUs now, std::string_view request_id,
                                       std::string_view trace_id);

}  // namespace quayside
