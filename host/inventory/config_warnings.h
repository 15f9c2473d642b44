// What of a channel's configuration is allowed and dangerous. Pure.
#pragma once

#include <string>
#include <vector>

#include "host/store/records.h"

namespace quayside {

// In words for an operator; empty = nothing is. `keeps_latencies`: the marketplace keeps handling times that were sent.
[[nodiscard]] std::vector<std::string> ConfigWarnings(const ChannelConfig& config,
                                                      const std::vector<LocationRecord>& locations,
                                                      bool keeps_latencies);

}  // namespace quayside
