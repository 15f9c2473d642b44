// Orders whose dead letters a person retried: asked for by id (order_sync/1 "get"), stored as any other order, and the
// letters closed, in one transaction behind the lane's fence. Before the step's page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/sync/step.h"

namespace quayside {

struct RecoveredOrders {
  int64_t items = 0;
  std::vector<std::string> accounts;  // with changed targets
};

// Some of the lane's kRetrying letters; what the plugin did not reach waits for the next step. What cannot be had, or
// read, becomes an open letter again, with the reason. An error: nothing was changed.
[[nodiscard]] absl::StatusOr<RecoveredOrders> RecoverOrders(const StepInputs& in);

}  // namespace quayside
