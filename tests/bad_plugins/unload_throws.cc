// An exception leaves unload.
#include <stdexcept>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

void Throw() { throw std::runtime_error("a bug in unload"); }

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.unload = &Throw; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
