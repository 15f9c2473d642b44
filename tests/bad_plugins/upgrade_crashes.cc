// Dies of a memory fault in upgrade_cursor.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.upgrade_cursor = [](const char*, qs_bytes, qs_sink*) -> qs_status { bad::Crash(); };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
