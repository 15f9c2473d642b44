// The host's figures as Prometheus takes them. Read when they are asked for; nothing is kept.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

#include "host/api/watch_load.h"
#include "host/base/clock.h"
#include "host/metrics/tally.h"
#include "host/net/rate_budget.h"
#include "host/ops/log.h"
#include "host/store/store.h"
#include "host/sync/engine.h"

namespace quayside {

// Accounts that have labels of their own, the first by id; the figures of all others stand together under "other".
inline constexpr int kMostLabelledAccounts = 1000;
// As many channels of them, by account and id; those of all others stand together under "other", "other".
inline constexpr int kMostLabelledChannels = 1000;

// All outlive the collector.
struct MetricsParts {
  Store& store;
  const Clock& clock;
  Logger& logger;
  Engine& engine;
  const RateBudgets& budgets;
  const Tallies& tallies;
  const WatchLoad& watch;
};

// Thread-safe.
class HostCollector final : public prometheus::Collectable {
 public:
  explicit HostCollector(const MetricsParts& parts) : parts_(parts) {}
  // One family for each metric of metric_table.h that there is a figure for.
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const MetricsParts parts_;
};

}  // namespace quayside
