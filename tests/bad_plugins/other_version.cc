// The library is another version than its manifest says.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.version = "9.9.9"; });

BAD_PLUGIN_ENTRY(&kTable)
