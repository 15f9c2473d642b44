// Never returns from unload.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.unload = [] { bad::Block(); }; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
