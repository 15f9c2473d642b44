// What follows from an account's rows: its lanes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/net/rate_budget.h"
#include "host/plugin/catalog.h"
#include "host/store/store.h"
#include "host/sync/lane_table.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct AccountLanes {
  std::string account_id;
  std::vector<Lane> lanes;
};

// Which of the jobs that only compare there are lanes for: the others are switched off.
struct ComparingJobs {
  bool reconcile = false;
  bool completeness = false;
};

// Also declares the account's rate budgets (stored ones were taken up before: stored_budgets.h).
[[nodiscard]] absl::StatusOr<AccountLanes> ReadAccountLanes(ReadTx& tx, PluginCatalog& catalog, RateBudgets& budgets,
                                                            const std::string& account_id,
                                                            const ComparingJobs& comparing = {});
[[nodiscard]] absl::StatusOr<std::vector<AccountLanes>> ReadAllLanes(ReadTx& tx, PluginCatalog& catalog,
                                                                     RateBudgets& budgets,
                                                                     const ComparingJobs& comparing = {});

}  // namespace quayside
