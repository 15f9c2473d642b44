// What channels show that nobody sent.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/context.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

struct SyncDriftOptions {
  std::string channel;
  std::string prefix;
  ListRange range;
  int limit = 20;
};

[[nodiscard]] Table DriftsTable(const v1::ListDriftsResponse& response, absl::Time now);

[[nodiscard]] absl::Status SyncDriftCommand(Context& context, const SyncDriftOptions& options);

}  // namespace quayside::cli
