// The event stream, as long as the reader wants it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

struct SyncWatchOptions {
  // A revision; empty = from now on.
  std::string after;
  std::vector<std::string> types;
  // First what there is.
  bool snapshot = false;
};

// "quayside sync watch": prints events until Ctrl-C. A stream that breaks is resumed after the last revision that was
// seen, so each event is printed once and none is left out.
[[nodiscard]] absl::Status SyncWatchCommand(Context& context, const SyncWatchOptions& options);

}  // namespace quayside::cli
