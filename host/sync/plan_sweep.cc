#include "host/sync/plan_sweep.h"

#include <vector>

#include "host/base/errors.h"

namespace quayside {
namespace {

constexpr int kPlanRowsAtOnce = 5'000;
// The next call finds the others.
constexpr int kPlansInASweep = 100;

absl::StatusOr<int64_t> DeleteRowsOfDiscardedPlans(Store& store) {
  std::vector<int64_t> plans;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(plans, tx.ListDiscardedSyncPlans(kPlansInASweep));
    return absl::OkStatus();
  }));
  int64_t deleted = 0;
  for (const int64_t plan : plans) {
    QS_ASSIGN_OR_RETURN(const int64_t rows, DeletePlanRows(store, plan));
    deleted += rows;
  }
  return deleted;
}

}  // namespace

absl::StatusOr<int64_t> DeletePlanRows(Store& store, int64_t plan_id) {
  int64_t all = 0;
  while (true) {
    int64_t deleted = 0;
    QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(deleted, tx.DeleteSyncPlanRows(plan_id, kPlanRowsAtOnce));
      return absl::OkStatus();
    }));
    all += deleted;
    if (deleted < kPlanRowsAtOnce) return all;
  }
}

void PlanSweep::Run() {
  const absl::StatusOr<int64_t> deleted = DeleteRowsOfDiscardedPlans(store_);
  if (!deleted.ok()) {
    logger_.Error("rows of discarded dry runs could not be deleted", {Field("error", deleted.status())});
  } else if (*deleted > 0) {
    logger_.Info("rows of discarded dry runs were deleted", {Field("rows", *deleted)});
  }
}

}  // namespace quayside
