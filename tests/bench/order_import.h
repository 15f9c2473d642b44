// A page's whole way in, beside the least it could cost on this machine.
#pragma once

#include <string>

#include "tests/bench/plugin_world.h"

namespace quayside {

// Prints the row order_import. Ours: page bytes -> the plugin's decoding -> crossing -> commit with encryption.
// The limit: the same bytes parsed as JSON, and plain inserts of the very rows ours has written, into a database with
// the same schema, commits and durability. Ours and the limit in turns, page by page.
void MeasureOrderImport(PluginWorld& world, ManualClock& clock, const std::string& scratch);

}  // namespace quayside
