// An exception across the C boundary: nothing but a status may cross it.
#include <stdexcept>

#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.create = [](const qs_host*, qs_bytes, qs_instance**, qs_sink*) -> qs_status {
    throw std::runtime_error("thrown by create");
  };
});

BAD_PLUGIN_ENTRY(&kTable)
