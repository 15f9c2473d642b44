// A constructor that never returns.
#include <unistd.h>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Constructed {
  Constructed() {
    while (true) pause();
  }
};

[[maybe_unused]] const Constructed kConstructed;

}  // namespace

BAD_PLUGIN_ENTRY(&bad::kGood)
