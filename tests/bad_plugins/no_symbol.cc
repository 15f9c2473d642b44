// The entry has another name.
#include "tests/bad_plugins/raw_plugin.h"

extern "C" QS_EXPORT const qs_plugin* qs_plugin_entry_v2(uint32_t) { return &bad::kGood; }
