// Exports a symbol besides the entry: another library could bind to it and pin this one.
#include "tests/bad_plugins/raw_plugin.h"

extern "C" QS_EXPORT int an_api_of_its_own() { return 1; }

BAD_PLUGIN_ENTRY(&bad::kGood)
