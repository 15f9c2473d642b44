// Says OK and makes nothing.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.create = [](const qs_host*, qs_bytes, qs_instance**, qs_sink*) -> qs_status { return QS_OK; };
});

BAD_PLUGIN_ENTRY(&kTable)
