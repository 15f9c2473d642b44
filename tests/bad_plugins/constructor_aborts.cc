// A constructor that gives up.
#include <cstdlib>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Constructed {
  Constructed() { std::abort(); }
};

[[maybe_unused]] const Constructed kConstructed;

}  // namespace

BAD_PLUGIN_ENTRY(&bad::kGood)
