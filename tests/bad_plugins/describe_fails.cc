// Cannot say what it is.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable =
    bad::With([](qs_plugin& table) { table.describe = [](qs_sink*) -> qs_status { return QS_INTERNAL; }; });

BAD_PLUGIN_ENTRY(&kTable)
