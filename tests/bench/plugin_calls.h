// What it costs to go through a plugin.
#pragma once

#include "tests/bench/plugin_world.h"

namespace quayside {

// Prints the row plugin_call_small: `push` of inventory_push/1 without intents, typed on both sides.
void MeasureSmallCall(PluginWorld& world);

}  // namespace quayside
