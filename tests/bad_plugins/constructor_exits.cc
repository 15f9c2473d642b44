// A constructor that ends the process as if all were well.
#include <cstdlib>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Constructed {
  Constructed() { std::exit(0); }
};

[[maybe_unused]] const Constructed kConstructed;

}  // namespace

BAD_PLUGIN_ENTRY(&bad::kGood)
