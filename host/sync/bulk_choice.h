// Item by item, or many in one document? By what is through sooner. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/base/time.h"
#include "host/net/rate_budget.h"
#include "host/store/records.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Documents of one account that are worked off at the same time.
inline constexpr int kMostDocumentsInWork = 3;

// How quickly quantities go one by one.
struct ItemPace {
  double per_second = 0;
  double at_once = 0;  // allowance saved up
  DurationUs wait_us = 0;
};

// The present pace of an operation's budget.
[[nodiscard]] ItemPace PaceOf(const BudgetStatus& budget, TimeUs now);

// How many go one by one within that time.
[[nodiscard]] int64_t ItemsWithin(const ItemPace& items, DurationUs time_us);

// How many of `backlog` quantities, the most urgent ones, should go one by one while a document that is in force after
// `latency_us` takes the rest; nullopt: all of them should, a document would gain too little for what it costs.
[[nodiscard]] std::optional<int64_t> ItemsBesideDocument(int64_t backlog, const ItemPace& items, DurationUs latency_us);

// From handing over to being in force: what the plugin declares, corrected by how long the last documents took.
[[nodiscard]] DurationUs TypicalLatency(DurationUs declared_us, const std::vector<BulkRecord>& documents);

// The earliest time for another document, as far as the account's documents (newest first) have a say; kNever: not
// before one of them has moved on.
[[nodiscard]] TimeUs NextDocumentTime(const quayside::plugin::v1::BulkWay& way,
                                      const std::vector<BulkRecord>& documents);

}  // namespace quayside
