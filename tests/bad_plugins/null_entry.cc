// Refuses every host.
#include "tests/bad_plugins/raw_plugin.h"

BAD_PLUGIN_ENTRY(nullptr)
