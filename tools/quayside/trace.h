// The trace (W3C Trace Context) that the calls of one command belong to, so that what the host did for it can be found.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace quayside::cli {

// Sent with every call as it is.
struct CallTrace {
  std::string id;  // 32 hexadecimal digits
  std::string traceparent;
  std::string tracestate;  // empty: none
};

// A span of the trace of --trace, else of $TRACEPARENT with $TRACESTATE, else of a fresh one. A usage error: `flag` is
// no traceparent; a variable that is none is not this command's mistake, and passed over.
[[nodiscard]] absl::StatusOr<CallTrace> ChooseTrace(
    const std::string& flag, const std::function<std::optional<std::string>(const std::string& name)>& environment);

}  // namespace quayside::cli
