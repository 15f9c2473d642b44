// Named places around every durable step where a test can end the process: QUAYSIDE_FAILPOINT=name[:count] kills it
// (SIGKILL to itself) at the count-th time (default first) the place is reached. The list is kFailPoints; a name that
// is not in it is refused at start, so that a test cannot silently test nothing.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace quayside {

inline constexpr std::array<std::string_view, 12> kFailPoints = {
    "order-step-before-call",    // claimed, nothing asked
    "order-step-before-commit",  // page read, nothing stored
    "order-step-after-commit",   // stored, lane not rescheduled
    "listing-step-before-commit",
    "quantity-before-intents",  // decided, not written
    "quantity-after-intents",   // written, not sent
    "quantity-after-push",      // sent, outcome not stored
    "quantity-after-outcomes",  // stored
    "install-before-rename",    // bundle copied beside its place
    "install-after-rename",     // in place, not recorded
    "document-before-commit",   // all of it on the disk, without its name
    "document-after-commit",    // in place, the step not told
};

// Reads the environment once, at start. INVALID_ARGUMENT when the name is unknown.
[[nodiscard]] absl::Status ArmFailPoint(const std::string& setting);
// Does nothing unless armed with this name.
void FailPoint(std::string_view name);

}  // namespace quayside
