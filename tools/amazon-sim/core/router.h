// From an HTTP request to an operation of Amazon and back, with everything that is the same for all operations:
// credentials, throttling, faults, headers, counting.
#pragma once

#include "core/http_message.h"
#include "core/sim_clock.h"
#include "core/url.h"
#include "core/world.h"

namespace amazon_sim {

Response HandleAmazonCall(World& world, const Request& request, const Target& target, Micros now);

}  // namespace amazon_sim
