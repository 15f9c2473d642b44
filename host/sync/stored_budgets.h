// The rate budgets over a stop of the host. While it runs, the stored ones lag behind the calls it makes: steps store
// what they used with what they learnt. So the store says whether it knows every call (ReadTx::BudgetsAreExact): not
// from the start on, and again only when the last call has been counted.
#pragma once

#include "absl/status/status.h"
#include "host/net/rate_budget.h"
#include "host/store/store.h"

namespace quayside {

// Before the first call of a run: every stored budget is taken up, empty when the host was killed (it may have used
// what the store still shows as left), and from now on a kill leaves them inexact.
[[nodiscard]] absl::Status TakeUpBudgets(Store& store, RateBudgets& budgets);

// After the last call of a run: what is left of every budget is stored, and that it is exact.
[[nodiscard]] absl::Status LayDownBudgets(Store& store, const RateBudgets& budgets);

}  // namespace quayside
