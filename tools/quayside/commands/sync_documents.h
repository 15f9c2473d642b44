// Documents of quantities: which are open, how old they are, how they ended.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/commands/list_range.h"
#include "tools/quayside/context.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

struct SyncDocumentsOptions {
  std::string account;
  std::string state;
  int limit = 20;
  ListRange range;
};

[[nodiscard]] Table DocumentsTable(const v1::ListDocumentsResponse& response, absl::Time now);

[[nodiscard]] absl::Status SyncDocumentsCommand(Context& context, const SyncDocumentsOptions& options);

}  // namespace quayside::cli
