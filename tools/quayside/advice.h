// What to do about a failure, in terms of this tool. The reasons are the host's documented list; one this tool does not
// know (a newer host) simply has no advice, its message still stands.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quayside::cli {

// "" when there is nothing to say beyond the message.
[[nodiscard]] std::string ReasonAdvice(absl::string_view reason);

// For failures without a reason.
[[nodiscard]] std::string CodeAdvice(absl::StatusCode code);

}  // namespace quayside::cli
