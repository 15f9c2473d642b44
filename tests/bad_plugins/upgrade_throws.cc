// An exception leaves upgrade_cursor.
#include <stdexcept>

#include "tests/bad_plugins/raw_plugin.h"

namespace {

qs_status Throw(const char*, qs_bytes, qs_sink*) { throw std::runtime_error("a bug in upgrade_cursor"); }

const qs_plugin kTable = bad::With([](qs_plugin& table) { table.upgrade_cursor = &Throw; });

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
