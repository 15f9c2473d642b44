// How long a step may take.
#pragma once

#include <algorithm>

#include "host/base/clock.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// What its plugin states for the contract (null: not offered), or else `otherwise`. A second of real time at least,
// however fast a simulator's clock runs: what a step waits for, the network, does not run faster with it.
[[nodiscard]] inline DurationUs StepLimit(const quayside::plugin::v1::Contract* contract, DurationUs otherwise,
                                          const Clock& clock) {
  const bool is_stated = contract != nullptr && contract->max_step_seconds() > 0;
  return std::max(is_stated ? contract->max_step_seconds() * kSecondUs : otherwise, clock.DurationOfReal(kSecondUs));
}

}  // namespace quayside
