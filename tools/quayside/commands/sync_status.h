// The lanes as a table.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/context.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

struct SyncStatusOptions {
  std::string account;
  std::string channel;
  std::string job;
  std::string state;
  bool watch = false;
};

[[nodiscard]] Table LanesTable(const v1::ListLanesResponse& response, absl::Time now);

// "quayside sync status": once, or again and again until Ctrl-C.
[[nodiscard]] absl::Status SyncStatusCommand(Context& context, const SyncStatusOptions& options);

}  // namespace quayside::cli
