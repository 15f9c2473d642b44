// The marketplaces' allowances: a table, and below it what an operator should know.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/context.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

struct SyncBudgetsOptions {
  std::string account;
  std::string operation;
  bool shared = false;
  int limit = 0;
};

// "5/s", "1 in 179 s", "1 in 33 h"
[[nodiscard]] std::string FormatRate(double per_second);

[[nodiscard]] Table BudgetsTable(const v1::ListRateBudgetsResponse& response, absl::Time now);
// Why less than the allowance is taken; what waits, and until when. One line each.
[[nodiscard]] std::vector<std::string> BudgetRemarks(const v1::RateBudget& budget, absl::Time now);

[[nodiscard]] absl::Status SyncBudgetsCommand(Context& context, const SyncBudgetsOptions& options);

}  // namespace quayside::cli
