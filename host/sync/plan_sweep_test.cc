// The rows of discarded dry runs go, and no others.
#include "host/sync/plan_sweep.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "host/base/errors.h"
#include "host/inventory/testing/store_world.h"
#include "host/store/notifying_store.h"

namespace quayside {
namespace {

class PlanSweepTest : public ::testing::Test {
 protected:
  void PutPlan(int64_t id, SyncPlanState state, int rows) {
    world_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutSyncPlan({.channel_id = "ch-" + std::to_string(id), .id = id, .state = state}));
      for (int n = 0; n < rows; ++n)
        QS_RETURN_IF_ERROR(tx.PutSyncPlanRow({.plan_id = id, .sku = "S" + std::to_string(n)}));
      return absl::OkStatus();
    });
  }
  size_t CountRows(int64_t id) {
    return world_.Read([&](ReadTx& tx) { return tx.ListSyncPlanRows({.plan_id = id, .limit = 100'000}); }).size();
  }

  StoreWorld world_;
  const std::unique_ptr<Logger> logger_ = MakeNullLogger();
};

TEST_F(PlanSweepTest, WhatIsDiscarded_Goes_AndTheRestStays) {
  PutPlan(1, SyncPlanState::kReady, 3);
  PutPlan(2, SyncPlanState::kDiscarded, 12'000);  // more than one piece
  PutPlan(3, SyncPlanState::kApplied, 2);
  PutPlan(4, SyncPlanState::kDiscarded, 1);
  PlanSweep(world_.store(), *logger_).Run();
  EXPECT_EQ(CountRows(1), 3U);
  EXPECT_EQ(CountRows(2), 0U);
  EXPECT_EQ(CountRows(3), 2U);
  EXPECT_EQ(CountRows(4), 0U);
  const auto plan = world_.Read([](ReadTx& tx) { return tx.FindSyncPlan("ch-2"); });
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->state, SyncPlanState::kDiscarded);
}

TEST_F(PlanSweepTest, WithNothingDiscarded_NothingIsWritten) {
  PutPlan(1, SyncPlanState::kReady, 1);
  PutPlan(2, SyncPlanState::kDiscarded, 0);
  NotifyingStore watched(world_.store(), [] { ADD_FAILURE() << "a write"; });
  PlanSweep(watched, *logger_).Run();
}

}  // namespace
}  // namespace quayside
