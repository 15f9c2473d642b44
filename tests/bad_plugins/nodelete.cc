// Linked with -z nodelete: dlclose leaves it mapped, with its old state.
#include "tests/bad_plugins/raw_plugin.h"

BAD_PLUGIN_ENTRY(&bad::kGood)
