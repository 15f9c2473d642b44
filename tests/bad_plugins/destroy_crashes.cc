// Dies of a memory fault in destroy.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.destroy = [](qs_instance*) { bad::Crash(); }; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
