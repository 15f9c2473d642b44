// The engine's housekeeping of dry runs: the rows of a plan that somebody discarded go, in pieces. Whoever discards a
// plan waits for none of them, and a host that dies in between goes on with the rest.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "host/ops/log.h"
#include "host/store/store.h"

namespace quayside {

// All rows of the plan, in pieces of a commit each: a million would hold the writer for seconds. Answers how many.
[[nodiscard]] absl::StatusOr<int64_t> DeletePlanRows(Store& store, int64_t plan_id);

class PlanSweep {
 public:
  PlanSweep(Store& store, Logger& logger) : store_(store), logger_(logger) {}

  // [housekeeping thread] Deletes what is discarded now. Failures are logged; the next call tries again.
  void Run();

 private:
  Store& store_;
  Logger& logger_;
};

}  // namespace quayside
