// What it costs to go through a plugin.
#pragma once

#include "tests/bench/plugin_world.h"

namespace quayside {

// Prints the row plugin_call_small: `push` of inventory_push/1 without intents, typed on both sides.
void MeasureSmallCall(PluginWorld& world);

// Prints the row plugin_page_100: a page of 100 orders that lies ready in the plugin (page_plugin) is written there,
// crosses, and is read as the host reads it. Its limit is writing and reading the same page without a plugin between.
void MeasurePageCall(PluginWorld& world);

}  // namespace quayside
