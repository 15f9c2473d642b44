// Plans over the API: shown, listed in pages, applied by hash, discarded.
#include <gmock/gmock.h>

#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using testing::Contains;
using testing::HasSubstr;

struct PlanWorld : ApiWorld {
  PlanWorld() {
    MakeAccount();
    MakeChannel("uk");
    engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
  }
  // Item and listing of this SKU, and its quantity behind the gate.
  void Stop(const std::string& sku, int32_t shown, int32_t wanted, int64_t batch) {
    Write([&](Tx& tx) -> absl::Status {
      const int64_t item = ids().Next();
      QS_RETURN_IF_ERROR(tx.PutItem({.id = item, .sku = sku}));
      QS_RETURN_IF_ERROR(tx.SetLevel(item, "default", wanted, clock.Now()));
      QS_RETURN_IF_ERROR(tx.PutListing(
          {.channel_id = "uk", .account_id = "amz", .sku = sku, .fulfilment = Fulfilment::kMerchant, .item_id = item}));
      return Restop(tx, sku, shown, wanted, batch);
    });
  }
  absl::Status Restop(Tx& tx, const std::string& sku, int32_t shown, int32_t wanted, int64_t batch) {
    QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "amz",
                                     .sku = sku,
                                     .owner_channel_id = "uk",
                                     .state = TargetState::kBraked,
                                     .wanted = wanted,
                                     .accepted = shown,
                                     .braked_batch = batch}));
    return tx.PutGate({.channel_id = "uk",
                       .account_id = "amz",
                       .state = GateState::kBraked,
                       .reason = "the brake is on",
                       .since_us = clock.Now() - kSecondUs,
                       .batch = batch,
                       .opened_us = 1});
  }
  api::Plan Plan() { return Ask(&Syncs::GetPlan, "channel: 'channels/uk'")->plan(); }
  auto Apply(const std::string& name, const std::string& more = "") {
    return Ask(&Syncs::ApplyPlan, "name: '" + name + "' " + more);
  }
  GateRecord Gate() {
    GateRecord gate;
    EXPECT_TRUE(store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(const auto found, tx.FindGate("uk"));
                      gate = found.value_or(GateRecord{});
                      return absl::OkStatus();
                    })
                    .ok());
    return gate;
  }
};

TEST(PlanTest, WithoutAnythingThatWaits_ThereIsNoHash) {
  PlanWorld world;
  EXPECT_EQ(world.Plan().state(), api::PLAN_STATE_NONE);
  EXPECT_EQ(world.Plan().hash(), "");
  EXPECT_EQ(world.Ask(&Syncs::GetPlan, "channel: 'channels/none'").reason(), "CHANNEL_NOT_FOUND");
  EXPECT_EQ(world.Apply("channels/uk/plans/00ff").reason(), "PLAN_NOT_WAITING");
  EXPECT_EQ(world.Apply("channels/uk").reason(), "INVALID_NAME");
  EXPECT_EQ(world.Ask(&Syncs::DiscardPlan, "name: 'channels/uk'").reason(), "PLAN_NOT_WAITING");
  EXPECT_EQ(world.Ask(&Syncs::ListPlanRows, "parent: 'channels/uk/plans/00ff'").reason(), "PLAN_NOT_WAITING");
}

TEST(PlanTest, TheHashIsOfExactlyTheRows) {
  PlanWorld world;
  world.Stop("A", 9, 0, 1);
  world.Stop("B", 9, 7, 1);
  const api::Plan plan = world.Plan();
  EXPECT_EQ(plan.name(), "channels/uk/plans/" + plan.hash());
  EXPECT_EQ(plan.state(), api::PLAN_STATE_WAITING);
  EXPECT_EQ(plan.reason(), api::PLAN_REASON_TOO_MANY_ZEROS);
  EXPECT_EQ(plan.why(), "the brake is on");
  EXPECT_EQ(plan.rows(), 2);
  EXPECT_EQ(plan.zeros(), 1);
  EXPECT_EQ(plan.listings(), 2);
  EXPECT_EQ(world.Plan().hash(), plan.hash());
  world.Write([&](Tx& tx) { return world.Restop(tx, "B", 9, 6, 2); });
  EXPECT_NE(world.Plan().hash(), plan.hash()) << "another number";
  world.Write([&](Tx& tx) { return world.Restop(tx, "B", 8, 7, 3); });
  EXPECT_NE(world.Plan().hash(), plan.hash()) << "the channel shows another number";
  world.Write([&](Tx& tx) { return world.Restop(tx, "B", 9, 7, 4); });
  EXPECT_EQ(world.Plan().hash(), plan.hash());
}

TEST(PlanTest, RowsComeInPages_WithTheirReasons_AndWhatChangedIsStale) {
  PlanWorld world;
  world.Stop("A", 9, 0, 1);
  world.Stop("B", 9, 7, 1);
  const std::string name = world.Plan().name();
  const auto first = world.Ask(&Syncs::ListPlanRows, "parent: '" + name + "' page_size: 1");
  ASSERT_EQ(first->rows_size(), 1) << first;
  EXPECT_EQ(first->rows(0).listing(), "channels/uk/listings/A");
  EXPECT_EQ(first->rows(0).quantity_shown(), 9);
  EXPECT_EQ(first->rows(0).quantity(), 0);
  EXPECT_TRUE(first->rows(0).to_zero());
  EXPECT_EQ(first->rows(0).reason(), "0 available");
  EXPECT_EQ(first->rows(0).state(), api::PLAN_ROW_STATE_WAITING);
  const auto of_b = world.Ask(&Syncs::ListPlanRows, "parent: '" + name + "' filter { sku_prefix: 'B' }");
  ASSERT_EQ(of_b->rows_size(), 1) << of_b;
  EXPECT_EQ(of_b->rows(0).sku(), "B");
  world.Write([&](Tx& tx) { return world.Restop(tx, "B", 9, 6, 2); });
  const auto second =
      world.Ask(&Syncs::ListPlanRows, "parent: '" + name + "' page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->rows_size(), 1) << second;
  EXPECT_EQ(second->rows(0).sku(), "B");
  EXPECT_EQ(second->rows(0).state(), api::PLAN_ROW_STATE_STALE);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST(PlanTest, Apply_LetsTheShownRowsGo_Once) {
  PlanWorld world;
  world.Stop("A", 9, 0, 1);
  world.Stop("B", 9, 7, 1);
  const std::string name = world.Plan().name();
  world.Write([&](Tx& tx) { return world.Restop(tx, "B", 9, 6, 2); });
  EXPECT_EQ(world.Apply("channels/uk/plans/00ff").reason(), "PLAN_NOT_FOUND");
  const auto dry = world.Apply(name, "validate_only: true");
  EXPECT_EQ(dry->rows(), 1) << dry;
  EXPECT_EQ(world.Gate().state, GateState::kBraked);
  const auto applied = world.Apply(name, "request_id: 'r1'");
  EXPECT_EQ(applied->rows(), 1) << applied;
  EXPECT_EQ(applied->stale(), 1);
  EXPECT_EQ(world.Gate().state, GateState::kReleasing);
  EXPECT_EQ(world.Gate().released_batch, 1);
  EXPECT_THAT(world.EventTexts(), Contains("channel.plan_applied channels/uk").Times(1));
  EXPECT_EQ(world.Apply(name, "request_id: 'r1'")->rows(), 1) << "the stored answer";
  EXPECT_EQ(world.Apply(name).reason(), "PLAN_NOT_WAITING");
  EXPECT_EQ(world.Plan().state(), api::PLAN_STATE_RELEASING);
}

TEST(PlanTest, APlanOfAnEarlierStop_IsOver) {
  PlanWorld world;
  world.Stop("A", 9, 0, 1);
  const std::string name = world.Plan().name();
  world.clock.Advance(kHourUs);
  world.Write([&](Tx& tx) { return world.Restop(tx, "A", 9, 0, 1); });
  EXPECT_EQ(world.Apply(name).reason(), "PLAN_NOT_FOUND");
  EXPECT_EQ(world.Plan().name(), name) << "the same rows; now it was shown for this stop";
  EXPECT_TRUE(world.Apply(name).ok());
}

TEST(PlanTest, Discard_LetsNothingGo) {
  PlanWorld world;
  world.Stop("A", 9, 0, 1);
  const std::string name = world.Plan().name();
  EXPECT_EQ(world.Ask(&Syncs::DiscardPlan, "name: 'channels/uk/plans/00ff'").reason(), "PLAN_NOT_FOUND");
  EXPECT_TRUE(world.Ask(&Syncs::DiscardPlan, "name: '" + name + "'").ok());
  EXPECT_EQ(world.Gate().state, GateState::kReleasing);
  EXPECT_EQ(world.Gate().released_batch, 0);
  EXPECT_THAT(world.EventTexts(), Contains("channel.plan_discarded channels/uk"));
}

TEST(PlanTest, TheInventoryLane_NamesTheChannelsThatWait) {
  PlanWorld world;
  EXPECT_EQ(world.Ask(&Syncs::GetLane, "name: 'lanes/amz.inventory'")->lane().stopped_channels_size(), 0);
  world.Stop("A", 9, 0, 1);
  for (const auto& lane : {world.Ask(&Syncs::GetLane, "name: 'lanes/amz.inventory'")->lane(),
                           world.Ask(&Syncs::ListLanes, "")->lanes(0)}) {
    ASSERT_EQ(lane.stopped_channels_size(), 1);
    EXPECT_EQ(lane.stopped_channels(0).channel(), "channels/uk");
    EXPECT_EQ(lane.stopped_channels(0).reason(), api::PLAN_REASON_TOO_MANY_ZEROS);
    EXPECT_THAT(lane.stopped_channels(0).why(), HasSubstr("brake"));
  }
}

}  // namespace
}  // namespace quayside
