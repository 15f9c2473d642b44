// One call through the front, as a client without a certificate of its own makes it.
#pragma once

#include <string>

#include "tools/quayside/doctor/front_rules.h"

namespace quayside::cli {

// Asks for the health of the host, which needs no token. The certificate is not judged here, only kept. Takes up to
// five seconds.
[[nodiscard]] FrontAnswer CallThroughFront(const std::string& address, const std::string& name);

}  // namespace quayside::cli
