// Nothing is bad about it: the version before each of the others.
#include "tests/bad_plugins/raw_plugin.h"

namespace {

constexpr qs_plugin kTable = bad::kGood;

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
