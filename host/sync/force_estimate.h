// How long a marketplace's allowance takes to let a whole channel's quantities through. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "host/base/time.h"
#include "host/net/rate_budget.h"

namespace quayside {

struct ForceEstimate {
  DurationUs duration_us = 0;
  bool by_document = false;
  // Quantities that go one by one, a call each; a document takes the others.
  int64_t calls = 0;
};

// `items`: the budget each quantity takes a call of; nullopt: none is declared. `document_latency_us`: how long a
// document takes (TypicalLatency); nullopt: there are none. Nothing when it cannot be told.
[[nodiscard]] std::optional<ForceEstimate> EstimateForce(int64_t quantities, const std::optional<BudgetStatus>& items,
                                                         const std::optional<DurationUs>& document_latency_us,
                                                         TimeUs now);

}  // namespace quayside
