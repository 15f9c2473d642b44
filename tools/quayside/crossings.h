// What crossed the boundary between host and plugin, for the person who debugs one.
#pragma once

#include <string>

#include "sdk/conformance/world.h"

namespace quayside::cli {

// Two lines: the request and the reply, as the messages they are, with *** for what the protos mark as personal or
// secret. Calls of services are indented; they come before the call of the plugin that made them.
[[nodiscard]] std::string CrossingText(const conformance::Crossing& crossing);

}  // namespace quayside::cli
