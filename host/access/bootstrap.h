// The first credential of a host that listens to more than its socket.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/access/tokens.h"
#include "host/base/clock.h"
#include "host/store/store.h"

namespace quayside {

inline constexpr DurationUs kBootstrapLifetimeUs = 7 * kDayUs;

// When no token was ever made: makes the token "bootstrap" (role admin, 7 days), writes its secret to `file` (0600) and
// answers true. The file is complete before the token counts; a crash between leaves a file whose secret is nobody's,
// and the next start replaces it. FAILED_PRECONDITION INVALID_CONFIGURATION: the file cannot be written.
[[nodiscard]] absl::StatusOr<bool> MakeBootstrapToken(Store& store, const Clock& clock, TokenTable& tokens,
                                                      const std::string& file);

}  // namespace quayside
