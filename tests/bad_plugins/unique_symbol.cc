// Compiled without -fno-gnu-unique: the static of a template becomes one object for the whole process, which keeps the
// library mapped for ever, with its old state.
#include "tests/bad_plugins/raw_plugin.h"

template <typename T>
struct QS_EXPORT Counter {
  static inline T calls = 0;
};

extern "C" QS_EXPORT const qs_plugin* qs_plugin_entry_v1(uint32_t) {
  ++Counter<int>::calls;
  return &bad::kGood;
}
