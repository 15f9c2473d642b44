// Drift and completeness as clients see them.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> SkusOf(const api::ListDriftsResponse& response) {
  std::vector<std::string> skus;
  for (const api::Drift& drift : response.drifts()) skus.push_back(drift.sku());
  return skus;
}

class DriftApiTest : public ::testing::Test {
 protected:
  DriftApiTest() {
    world_.MakeAccount();
    EXPECT_TRUE(world_
                    .Ask(&Channels::CreateChannel,
                         "channel_id: 'uk' channel { account: 'accounts/amz' marketplace: 'A1PA6795UKMFR9' }")
                    .ok());
  }

  void PutDrift(const std::string& sku, DriftState state, std::optional<int32_t> shown) {
    world_.Write([&](Tx& tx) {
      return tx.PutDrift({.channel_id = "uk",
                          .sku = sku,
                          .account_id = "amz",
                          .state = state,
                          .expected = 4,
                          .shown = shown,
                          .held_us = 1'000'000,
                          .found_us = 2'000'000,
                          .times = 3});
    });
  }

  ApiWorld world_;
};

TEST_F(DriftApiTest, ConfirmedOnes_AreListedBySku_PageByPage) {
  PutDrift("B", DriftState::kConfirmed, 9);
  PutDrift("A", DriftState::kConfirmed, std::nullopt);
  PutDrift("C", DriftState::kSuspected, 1);
  PutDrift("D", DriftState::kConfirmed, 0);
  const auto first = world_.Ask(&Inventory::ListDrifts, "parent: 'channels/uk' page_size: 2");
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_THAT(SkusOf(first.response), ElementsAre("A", "B"));
  EXPECT_FALSE(first->drifts(0).has_shown());
  EXPECT_EQ(first->drifts(1).shown(), 9);
  EXPECT_EQ(first->drifts(1).expected(), 4);
  EXPECT_EQ(first->drifts(1).times(), 3);
  EXPECT_EQ(first->drifts(1).listing(), "channels/uk/listings/B");
  EXPECT_EQ(first->drifts(1).find_time().seconds(), 2);
  const auto second = world_.Ask(&Inventory::ListDrifts,
                                 "parent: 'channels/uk' page_size: 2 page_token: '" + first->next_page_token() + "'");
  EXPECT_THAT(SkusOf(second.response), ElementsAre("D"));
  EXPECT_TRUE(second->next_page_token().empty());
  EXPECT_EQ(world_.Ask(&Inventory::ListDrifts, "parent: 'channels/no'").reason(), "CHANNEL_NOT_FOUND");
  EXPECT_EQ(world_.Ask(&Inventory::ListDrifts, "parent: 'uk'").reason(), "INVALID_NAME");
}

TEST_F(DriftApiTest, LanesSayHowFarItIsProven) {
  world_.engine.AddLane("amz.uk.reconcile", "amz", "uk", Job::kReconcile);
  world_.engine.AddLane("amz.completeness", "amz", "", Job::kCompleteness);
  EXPECT_FALSE(world_.Ask(&Syncs::GetLane, "name: 'lanes/amz.uk.reconcile'")->lane().has_drift());
  EXPECT_FALSE(world_.Ask(&Syncs::GetLane, "name: 'lanes/amz.completeness'")->lane().has_completeness());
  PutDrift("A", DriftState::kConfirmed, 9);
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDriftCheck({.channel_id = "uk",
                                         .account_id = "amz",
                                         .ended_us = 5'000'000,
                                         .last_compared = 40,
                                         .last_unsettled = 2,
                                         .found = 7,
                                         .repaired = 5,
                                         .dismissed = 1}));
    return tx.PutCompleteness({.account_id = "amz",
                               .checked_to_us = 8'000'000,
                               .to_us = 9'000'000,
                               .begun_us = 9'500'000,
                               .named = 30,
                               .missing = 2,
                               .missing_total = 6,
                               .recovered_total = 4});
  });
  const api::ChannelDrift drift = world_.Ask(&Syncs::GetLane, "name: 'lanes/amz.uk.reconcile'")->lane().drift();
  EXPECT_EQ(drift.open(), 1);
  EXPECT_EQ(drift.compared(), 40);
  EXPECT_EQ(drift.unsettled(), 2);
  EXPECT_EQ(drift.compare_time().seconds(), 5);
  EXPECT_EQ(drift.found(), 7);
  EXPECT_EQ(drift.repaired(), 5);
  EXPECT_EQ(drift.dismissed(), 1);
  const auto lanes = world_.Ask(&Syncs::ListLanes, "parent: 'accounts/amz'");
  ASSERT_EQ(lanes->lanes_size(), 2);
  EXPECT_EQ(lanes->lanes(0).job(), "completeness");
  const api::OrderCompleteness& completeness = lanes->lanes(0).completeness();
  EXPECT_EQ(completeness.complete_to_time().seconds(), 8);
  EXPECT_FALSE(completeness.has_complete_time());
  EXPECT_EQ(completeness.orders(), 30);
  EXPECT_EQ(completeness.missing(), 2);
  EXPECT_EQ(completeness.missing_total(), 6);
  EXPECT_EQ(completeness.recovered_total(), 4);
}

}  // namespace
}  // namespace quayside
