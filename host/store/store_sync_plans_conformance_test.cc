// Dry runs of a sync: written, listed, replaced, deleted in pieces and with their channel.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;

SyncPlanRecord Plan(const std::string& channel_id, int64_t id) {
  return {.channel_id = channel_id,
          .id = id,
          .state = SyncPlanState::kApplying,
          .force = true,
          .config = sample::Channel("acc-1", 1).config,
          .listings = 9,
          .rows = 8,
          .zeros = 7,
          .held = 6,
          .applied = 5,
          .stale = 4,
          .through_sku = "S'3",
          .hash = "ab12",
          .created_us = 2,
          .updated_us = 1};
}

TEST_P(StoreConformance, ASyncPlan_RoundTrips_AndTheNextOneTakesItsPlace) {
  MustWrite([](Tx& tx) { return tx.PutSyncPlan(Plan("ch-1", 11)); });
  EXPECT_EQ(*MustRead([](ReadTx& tx) { return tx.FindSyncPlan("ch-1"); }), Plan("ch-1", 11));
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindSyncPlan("ch-2"); }).has_value());
  SyncPlanRecord next = Plan("ch-1", 12);
  next.config.reset();
  MustWrite([&](Tx& tx) { return tx.PutSyncPlan(next); });
  EXPECT_EQ(*MustRead([](ReadTx& tx) { return tx.FindSyncPlan("ch-1"); }), next);
}

TEST_P(StoreConformance, RowsOfASyncPlan_ListBySku_AndAreDeletedInPieces) {
  const SyncPlanRowRecord full{
      .plan_id = 1, .sku = "b", .shown = 0, .quantity = 7, .latency = 3, .clears_latency = true, .held = true};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutSyncPlanRow(full));
    QS_RETURN_IF_ERROR(tx.PutSyncPlanRow({.plan_id = 1, .sku = "c"}));
    QS_RETURN_IF_ERROR(tx.PutSyncPlanRow({.plan_id = 1, .sku = "a", .quantity = 2}));
    return tx.PutSyncPlanRow({.plan_id = 2, .sku = "a"});
  });
  const auto rows = [&](int64_t plan, const std::string& after, int limit) {
    return MustRead(
        [&](ReadTx& tx) { return tx.ListSyncPlanRows({.plan_id = plan, .after_sku = after, .limit = limit}); });
  };
  EXPECT_THAT(KeysOf(rows(1, "", 9), &SyncPlanRowRecord::sku), ElementsAre("a", "b", "c"));
  EXPECT_EQ(rows(1, "a", 1).at(0), full);
  EXPECT_FALSE(rows(1, "b", 9).at(0).shown.has_value());
  std::vector<int64_t> deleted;
  for (int n = 0; n < 3; ++n) {
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const int64_t count, tx.DeleteSyncPlanRows(1, 2));
      deleted.push_back(count);
      return absl::OkStatus();
    });
  }
  EXPECT_THAT(deleted, ElementsAre(2, 1, 0));
  EXPECT_EQ(rows(2, "", 9).size(), 1u);
}

TEST_P(StoreConformance, DiscardedSyncPlans_AreListed_WhileTheyHaveRows) {
  MustWrite([](Tx& tx) -> absl::Status {
    SyncPlanRecord discarded = Plan("ch-2", 2);
    discarded.state = SyncPlanState::kDiscarded;
    SyncPlanRecord empty = Plan("ch-3", 3);
    empty.state = SyncPlanState::kDiscarded;
    QS_RETURN_IF_ERROR(tx.PutSyncPlan(Plan("ch-1", 1)));
    QS_RETURN_IF_ERROR(tx.PutSyncPlan(discarded));
    QS_RETURN_IF_ERROR(tx.PutSyncPlan(empty));
    QS_RETURN_IF_ERROR(tx.PutSyncPlanRow({.plan_id = 1, .sku = "a"}));
    return tx.PutSyncPlanRow({.plan_id = 2, .sku = "a"});
  });
  const auto listed = [&](int limit) { return MustRead([&](ReadTx& tx) { return tx.ListDiscardedSyncPlans(limit); }); };
  EXPECT_THAT(listed(9), ElementsAre(2));
  EXPECT_THAT(listed(0), IsEmpty());
  MustWrite([](Tx& tx) { return tx.DeleteSyncPlanRows(2, 9).status(); });
  EXPECT_THAT(listed(9), IsEmpty());
}

TEST_P(StoreConformance, ASyncPlan_GoesWithItsChannel) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutChannel(sample::Channel("acc-1", 1), "ann"));
    QS_RETURN_IF_ERROR(tx.PutSyncPlan(Plan("ch-0001", 1)));
    QS_RETURN_IF_ERROR(tx.PutSyncPlanRow({.plan_id = 1, .sku = "a"}));
    return tx.DeleteChannel("ch-0001");
  });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindSyncPlan("ch-0001"); }).has_value());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListSyncPlanRows({.plan_id = 1}); }), IsEmpty());
}

}  // namespace
}  // namespace quayside
