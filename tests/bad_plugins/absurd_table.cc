// A table size that no version will ever have: something else than a table.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.size = 0x7f454c46; });

BAD_PLUGIN_ENTRY(&kTable)
