// The library is another plugin than its manifest says.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.id = "somebody_else"; });

BAD_PLUGIN_ENTRY(&kTable)
