// Describes itself with other bytes than manifest.json has; a blank is enough.
#include <string>

#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.describe = [](qs_sink* reply) { return bad::DescribeWith(reply, std::string(bad::kManifest) + " "); };
});

BAD_PLUGIN_ENTRY(&kTable)
