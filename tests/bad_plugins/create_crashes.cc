// Dies of a memory fault in create.
#include "tests/bad_plugins/failures.h"

namespace {

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.create = [](const qs_host*, qs_bytes, qs_instance**, qs_sink*) -> qs_status { bad::Crash(); };
});

}  // namespace

BAD_PLUGIN_ENTRY(&kTable)
