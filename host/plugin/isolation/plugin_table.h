// What can be checked of a plugin's function table, in the host and in the runner. Needs nothing but the standard
// library.
#pragma once

#include <string>

#include "sdk/include/quayside/plugin.h"

namespace quayside {

// Empty, or what is wrong with the answer of qs_plugin_entry_v1.
[[nodiscard]] std::string TableFinding(const qs_plugin* table);

}  // namespace quayside
