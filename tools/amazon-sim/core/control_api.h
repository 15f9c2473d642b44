// The test author's side: /sim/v1/..., JSON in and out. Paths and shapes are in the README.
#pragma once

#include "core/http_message.h"
#include "core/url.h"

namespace amazon_sim {

class Simulator;

Response HandleControl(Simulator& simulator, const Request& request, const Target& target);

}  // namespace amazon_sim
