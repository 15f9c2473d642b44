// What happens at Amazon without the client's doing: buyers, sellers in Seller Central, and Amazon itself. The control
// API and scenarios speak the same commands.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "core/world.h"

namespace amazon_sim {

// Names of all commands.
const std::vector<std::string_view>& AllCommands();

// Runs one command at the time `now`. Throws InputError for arguments that make no sense; what the world refuses (too
// little stock, already shipped) stands in the answer's "refused".
boost::json::object RunCommand(World& world, std::string_view name, const boost::json::object& arguments, Micros now,
                               std::string_view origin = "command");

}  // namespace amazon_sim
