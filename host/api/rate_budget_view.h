// Rate budgets as the API shows them: the budget, who uses it, and how long the quantities that wait for it will take.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "host/api/server.h"
#include "host/net/rate_budget.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

// As RateBudgets::List, in pieces: whoever takes a token waits while one is read.
[[nodiscard]] std::vector<BudgetStatus> ReadRateBudgets(const RateBudgets& budgets, BudgetQuery query);

// [any-thread] Reads the store and the engine's lanes.
[[nodiscard]] absl::StatusOr<std::vector<quayside::v1::RateBudget>> ShowRateBudgets(
    const ApiParts& parts, const std::vector<BudgetStatus>& budgets);

// When `calls` calls will have been made, if nobody else takes of the budget.
[[nodiscard]] TimeUs WhenCallsAreDone(const BudgetStatus& budget, int64_t calls, TimeUs now);

}  // namespace quayside
