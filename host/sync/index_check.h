// Is the index what the store says? Targets picked at random are decided from the store's rows and by the index.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/rng.h"
#include "host/inventory/index/quantity_index.h"
#include "host/store/store.h"

namespace quayside {

struct IndexDifference {
  std::string account_id;  // or channel_id, when the number of its listings differs
  std::string channel_id;
  std::string sku;
  std::string store;  // in words
  std::string index;
};

// Differences that stay: what is changed while it is compared is compared again. None when the index is not ready.
// `brings_orders` as in StepInputs.
[[nodiscard]] absl::StatusOr<std::vector<IndexDifference>> CompareIndexWithStore(
    const QuantityIndex& index, Store& store, Rng& rng, const std::function<bool(const std::string&)>& brings_orders,
    int targets);

}  // namespace quayside
