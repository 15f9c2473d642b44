// A constructor that dies of a segmentation fault.
#include <csignal>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

struct Constructed {
  Constructed() { std::raise(SIGSEGV); }
};

[[maybe_unused]] const Constructed kConstructed;

}  // namespace

BAD_PLUGIN_ENTRY(&bad::kGood)
