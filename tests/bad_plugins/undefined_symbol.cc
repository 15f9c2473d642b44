// Linked without -z defs: a function it calls is nowhere.
#include "tests/bad_plugins/raw_plugin.h"

extern "C" void a_function_nobody_wrote();

extern "C" QS_EXPORT const qs_plugin* qs_plugin_entry_v1(uint32_t) {
  a_function_nobody_wrote();
  return &bad::kGood;
}
