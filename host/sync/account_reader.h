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

// The jobs that only compare, from one comparison to the next; 0 = switched off, there are no such lanes. One that has
// never run begins at a moment of its own (next_comparison.h): all of them are new with the version of a plugin that
// offers them, and nobody waits for them as for orders and stock.
struct ComparingJobs {
  TimeUs now = 0;
  DurationUs reconcile_us = 0;
  DurationUs completeness_us = 0;
};

// Also declares the account's rate budgets (stored ones were taken up before: stored_budgets.h).
[[nodiscard]] absl::StatusOr<AccountLanes> ReadAccountLanes(ReadTx& tx, PluginCatalog& catalog, RateBudgets& budgets,
                                                            const std::string& account_id,
                                                            const ComparingJobs& comparing = {});
[[nodiscard]] absl::StatusOr<std::vector<AccountLanes>> ReadAllLanes(ReadTx& tx, PluginCatalog& catalog,
                                                                     RateBudgets& budgets,
                                                                     const ComparingJobs& comparing = {});

}  // namespace quayside
