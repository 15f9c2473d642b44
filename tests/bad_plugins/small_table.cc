// A table that ends before the last entry of version 1.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.size = offsetof(qs_plugin, unload); });

BAD_PLUGIN_ENTRY(&kTable)
