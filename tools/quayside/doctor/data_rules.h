// What rows of the database say about the health of an installation. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "host/store/records.h"
#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

// A lane that should work, and how far it is.
struct LaneFacts {
  LaneRecord lane;
  // Its channel, or a channel of its account, is enabled.
  bool enabled = false;
  int64_t open_dead_letters = 0;
};

// `running`: a host works on them now; without one the remedy is another.
void JudgeLanes(const std::vector<LaneFacts>& lanes, TimeUs now, bool running, Findings& found);

void JudgeBudgets(const std::vector<BudgetRecord>& budgets, TimeUs now, Findings& found);

// What of orders waits for a person, of all accounts.
struct OrderFacts {
  int64_t unclear = 0;  // cancellations and refunds of which only the marketplace knows what became of them
  int64_t delayed = 0;  // orders in a marketplace's warehouse that should have left
};
void JudgeOrders(const OrderFacts& facts, Findings& found);

// Quarantined versions; `active` is the one that should work.
void JudgePlugin(const PluginRecord& active, const std::vector<PluginVersionRecord>& versions, Findings& found);

// Whether the clock stands before what was stored already. `newest_us`: of the newest event; 0 = there is none.
void JudgeStoredTime(TimeUs newest_us, TimeUs now, Findings& found);

}  // namespace quayside::cli
