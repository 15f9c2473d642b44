// The Date header.
#pragma once

#include <optional>
#include <string_view>

#include "host/base/time.h"

namespace quayside {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7, the form every server must send); nullopt for anything else.
[[nodiscard]] std::optional<TimeUs> ParseHttpDate(std::string_view text);

}  // namespace quayside
