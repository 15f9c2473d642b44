// A constructor that throws: the process ends inside dlopen, before any check of the host.
#include <stdexcept>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Constructed {
  Constructed() { throw std::runtime_error("thrown by a constructor"); }
};

[[maybe_unused]] const Constructed kConstructed;

}  // namespace

BAD_PLUGIN_ENTRY(&bad::kGood)
