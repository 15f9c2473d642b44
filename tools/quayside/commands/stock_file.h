// Setting stock levels from a file.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

struct StockFileOptions {
  // "-" = stdin.
  std::string file;
  // For rows that name none; empty = the host's default.
  std::string location;
  bool create_items = false;
  // Send the good rows although there are bad ones.
  bool skip_bad = false;
  bool dry_run = false;
};

// "quayside stock set --file": one import in chunks of at most 1000, each of which is all or nothing. A stream that
// broke is gone on with.
[[nodiscard]] absl::Status StockFileCommand(Context& context, const StockFileOptions& options);

}  // namespace quayside::cli
