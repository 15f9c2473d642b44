// The plugin inside the runner.
#pragma once

#include <string>

#include "sdk/include/quayside/plugin.h"

namespace quayside::runner {

struct Library {
  const qs_plugin* table = nullptr;  // null: `finding` says why
  std::string finding;
  std::string describe_reply;
};

// Loads the bytes behind the descriptor, checks the table and asks it to describe itself. Runs the plugin's code.
[[nodiscard]] Library LoadLibrary(int descriptor);

}  // namespace quayside::runner
