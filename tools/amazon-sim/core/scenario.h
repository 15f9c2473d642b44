// A world described by a JSON file; the format is in the README.
#pragma once

#include <boost/json/object.hpp>

#include "core/world.h"

namespace amazon_sim {

// Fills a fresh world whose time is `now`: settings, accounts, listings, orders, faults, timed commands, flows. Throws
// InputError that names the part that is wrong.
void FillWorld(World& world, const boost::json::object& scenario, Micros now);

}  // namespace amazon_sim
