// Never returns from destroy.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) { table.destroy = [](qs_instance*) { bad::Block(); }; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
