// A table without upgrade_cursor.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.upgrade_cursor = nullptr; });

BAD_PLUGIN_ENTRY(&kTable)
