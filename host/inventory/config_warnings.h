// What of a channel's configuration is allowed and dangerous. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "host/store/records.h"

namespace quayside {

// In words for an operator; empty = nothing is. `unread_centres`: fulfilment centres that the configuration counts
// although nobody reads their stock (host/fulfilment/centre_location.h). `keeps_latencies`: the marketplace keeps
// handling times that were sent.
[[nodiscard]] std::vector<std::string> ConfigWarnings(const ChannelConfig& config,
                                                      const std::vector<LocationRecord>& locations,
                                                      const std::set<std::string>& unread_centres,
                                                      bool keeps_latencies);

}  // namespace quayside
