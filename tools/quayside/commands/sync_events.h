// Events that are kept, as a list.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

struct SyncEventsOptions {
  std::string after;  // a revision; empty = from the oldest on
  std::vector<std::string> types;
  std::string resource;
  int limit = 100;
  ListRange range;
};

// "quayside sync events"
[[nodiscard]] absl::Status SyncEventsCommand(Context& context, const SyncEventsOptions& options);

}  // namespace quayside::cli
