// Dies of a memory fault in unload.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.unload = [] { bad::Crash(); }; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
