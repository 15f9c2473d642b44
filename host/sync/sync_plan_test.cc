// The dry run of a whole sync against what the sync then does: steps of an inventory lane with a marketplace that takes
// them, a real store, a clock that stands still.
#include "host/sync/sync_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/inventory/testing/store_world.h"
#include "host/sync/testing/document_world.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SyncPlanTest : public ::testing::Test {
 protected:
  SyncPlanTest() {
    store_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "shop"}); });
    channel_ = store_.AddChannel("uk");
    world_.document_from = 1'000'000;
  }

  static std::string Sku(int number) { return Concat("S", number); }
  void Stock(int count, int64_t level = 50) {
    for (int n = 1; n <= count; ++n) {
      const int64_t item = store_.AddItem(Sku(n), level);
      items_[n] = item;
      store_.AddListing(channel_, Sku(n), item);
      store_.SetLevel(item, level);
    }
  }
  // They are on sale; nothing is left to do.
  void Sell(int count) {
    Stock(count);
    world_.Settle();
    ASSERT_THAT(world_.shop.items(), SizeIs(static_cast<size_t>(count)));
  }
  void SetLevel(int number, int64_t level) { store_.SetLevel(items_.at(number), level); }
  void Change(const std::function<void(ChannelRecord&)>& change) {
    channel_ = store_.Read([](ReadTx& tx) { return tx.GetChannel("uk"); });
    change(channel_);
    channel_.updated_us = store_.now();
    store_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  }
  [[nodiscard]] std::function<bool(const std::string&)> BringsOrders() const {
    return [this](const std::string&) { return world_.brings_orders; };
  }

  SyncPlanRecord Plan(SyncPlanRecord plan = {}, int at_once = 2) {
    plan.channel_id = "uk";
    plan.id = store_.ids().Next();
    plan.created_us = store_.now();
    plan.hash = "uk";
    while (plan.state == SyncPlanState::kPlanning) {
      SyncPlanRecord next;
      store_.Write([&](Tx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(const ChannelRecord stored, tx.GetChannel("uk"));
        const ChannelRecord channel = PlannedFor(stored, plan);
        TargetReader reader(tx, BringsOrders());
        reader.Suppose(channel);
        QS_ASSIGN_OR_RETURN(const PlannedPiece piece, PlanNext(tx, reader, channel, plan, store_.now(), at_once));
        next = plan;
        return TakePlanned(tx, next, piece, store_.now());
      });
      plan = next;
    }
    return plan;
  }
  SyncPlanRecord Apply(SyncPlanRecord plan) {
    while (plan.state != SyncPlanState::kApplied) {
      SyncPlanRecord next;
      store_.Write([&](Tx& tx) -> absl::Status {
        TargetReader reader(tx, BringsOrders());
        next = plan;
        return ApplyNext(tx, reader, next, store_.now(), 2);
      });
      plan = next;
    }
    return plan;
  }
  // SKU and number of each row.
  std::vector<std::pair<std::string, int32_t>> Rows(const SyncPlanRecord& plan) {
    std::vector<std::pair<std::string, int32_t>> rows;
    for (const SyncPlanRowRecord& row :
         store_.Read([&](ReadTx& tx) { return tx.ListSyncPlanRows({.plan_id = plan.id}); }))
      rows.emplace_back(row.sku, row.quantity);
    return rows;
  }
  // What was sent since the last call.
  std::vector<std::pair<std::string, int32_t>> SentSince() {
    const auto& all = world_.shop.items();
    std::vector<std::pair<std::string, int32_t>> sent(all.begin() + static_cast<std::ptrdiff_t>(told_), all.end());
    told_ = all.size();
    return sent;
  }
  TargetRecord Target(int number) { return store_.Target("acc", Sku(number)); }
  GateRecord Gate() {
    return store_.Read([](ReadTx& tx) { return tx.FindGate("uk"); }).value_or(GateRecord{});
  }

  StoreWorld store_;
  DocumentWorld world_{store_.store(), store_.clock, store_.rng(), store_.ids()};
  ChannelRecord channel_;
  std::map<int, int64_t> items_;
  size_t told_ = 0;
};

TEST_F(SyncPlanTest, ItNamesExactlyWhatTheSyncThenSends) {
  Sell(5);
  SentSince();
  SetLevel(1, 7);
  SetLevel(3, 0);
  SetLevel(4, 60);
  const SyncPlanRecord plan = Plan();
  EXPECT_THAT(Rows(plan), ElementsAre(Pair("S1", 7), Pair("S3", 0), Pair("S4", 60)));
  EXPECT_EQ(plan.listings, 5);
  EXPECT_EQ(plan.rows, 3);
  EXPECT_EQ(plan.zeros, 1);
  EXPECT_THAT(SentSince(), IsEmpty()) << "a dry run sends nothing";
  EXPECT_EQ(Target(1).state, TargetState::kChanged) << "and changes nothing";
  world_.Settle();
  EXPECT_THAT(SentSince(), UnorderedElementsAre(Pair("S1", 7), Pair("S3", 0), Pair("S4", 60)));
  EXPECT_THAT(Rows(Plan()), IsEmpty());
}

TEST_F(SyncPlanTest, TheHash_IsOfExactlyTheRows_HoweverTheyWereCut) {
  Sell(5);
  for (int n = 1; n <= 4; ++n) SetLevel(n, n);
  const std::string hash = Plan().hash;
  EXPECT_EQ(hash.size(), kPlanHashDigits);
  EXPECT_EQ(Plan({}, 1).hash, hash);
  EXPECT_EQ(Plan({}, 100).hash, hash);
  SetLevel(4, 5);
  EXPECT_NE(Plan().hash, hash) << "another number";
  SetLevel(4, 4);
  EXPECT_EQ(Plan().hash, hash);
  store_.ChangeTarget("acc", Sku(4), [](TargetRecord& target) { target.accepted = 49; });
  EXPECT_NE(Plan().hash, hash) << "in place of another number";
}

TEST_F(SyncPlanTest, Forced_ItNamesWhatIsAcceptedAlready_AndApplyingSendsItAgain) {
  Sell(3);
  SentSince();
  EXPECT_THAT(Rows(Plan()), IsEmpty());
  const SyncPlanRecord plan = Plan({.force = true});
  EXPECT_THAT(Rows(plan), ElementsAre(Pair("S1", 50), Pair("S2", 50), Pair("S3", 50)));
  const SyncPlanRecord applied = Apply(plan);
  EXPECT_EQ(applied.applied, 3);
  world_.Settle();
  EXPECT_THAT(SentSince(), UnorderedElementsAre(Pair("S1", 50), Pair("S2", 50), Pair("S3", 50)));
}

TEST_F(SyncPlanTest, AChannelThatIsOff_IsPlannedAsIfItWereOn_AndNothingOfItChanges) {
  Stock(2);
  Change([](ChannelRecord& channel) {
    channel.enabled = false;
    channel.config.update_inventory = false;
  });
  world_.Settle();
  EXPECT_THAT(world_.shop.items(), IsEmpty());
  EXPECT_THAT(Rows(Plan()), ElementsAre(Pair("S1", 50), Pair("S2", 50)));
  EXPECT_FALSE(store_.Read([](ReadTx& tx) { return tx.GetChannel("uk"); }).enabled);
}

TEST_F(SyncPlanTest, OtherOptions_AreTriedWithoutBeingSaved_AndTheirRowsAreStaleUntilTheyAre) {
  Sell(2);
  SentSince();
  ChannelConfig tried = channel_.config;
  tried.max_listed_quantity = 20;
  const SyncPlanRecord plan = Plan({.config = tried});
  EXPECT_THAT(Rows(plan), ElementsAre(Pair("S1", 20), Pair("S2", 20)));
  EXPECT_THAT(Rows(Plan()), IsEmpty());
  const SyncPlanRecord refused = Apply(plan);
  EXPECT_EQ(refused.applied, 0);
  EXPECT_EQ(refused.stale, 2);
  const SyncPlanRecord again = Plan({.config = tried});
  Change([&](ChannelRecord& channel) { channel.config = tried; });
  EXPECT_EQ(Apply(again).applied, 2);
  world_.Settle();
  EXPECT_THAT(SentSince(), UnorderedElementsAre(Pair("S1", 20), Pair("S2", 20)));
}

TEST_F(SyncPlanTest, WhatGoesWithTheNumber_IsInTheRow) {
  Sell(1);
  ChannelConfig tried = channel_.config;
  tried.default_latency_days = 4;
  const SyncPlanRecord plan = Plan({.config = tried});
  const auto rows = store_.Read([&](ReadTx& tx) { return tx.ListSyncPlanRows({.plan_id = plan.id}); });
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].latency, 4);
  EXPECT_EQ(rows[0].shown, 50);
  EXPECT_EQ(rows[0].quantity, 50);
}

// Twenty listings: one is as planned, one has another level by now, one shows another number by now.
TEST_F(SyncPlanTest, Applied_ItSendsItsRows_AndSkipsWhatChanged) {
  Sell(20);
  SentSince();
  for (int n = 1; n <= 3; ++n) SetLevel(n, 0);
  const SyncPlanRecord plan = Plan();
  SetLevel(2, 9);
  store_.ChangeTarget("acc", Sku(3), [](TargetRecord& target) { target.accepted = 8; });
  const SyncPlanRecord applied = Apply(plan);
  EXPECT_EQ(applied.applied, 1);
  EXPECT_EQ(applied.stale, 2);
  EXPECT_EQ(Target(1).let_go, LetGo::kApproved);
  EXPECT_EQ(Target(2).let_go, LetGo::kNo);
  EXPECT_EQ(Target(3).let_go, LetGo::kNo);
  EXPECT_THAT(store_.EventTypes(), Contains("channel.plan_applied").Times(1));
  EXPECT_EQ(store_.Read([](ReadTx& tx) { return tx.FindSyncPlan("uk"); })->state, SyncPlanState::kApplied);
  world_.Settle();
  EXPECT_THAT(SentSince(), UnorderedElementsAre(Pair("S1", 0), Pair("S2", 9), Pair("S3", 0)))
      << "what was skipped is worked out anew, as ever";
}

TEST_F(SyncPlanTest, AppliedZeros_PassTheBrake_OthersDoNot) {
  Sell(10);
  SentSince();
  for (int n = 1; n <= 6; ++n) SetLevel(n, 0);
  const SyncPlanRecord plan = Plan();
  EXPECT_EQ(plan.zeros, 6);
  Apply(plan);
  for (int n = 7; n <= 9; ++n) SetLevel(n, 0);
  world_.Settle();
  const auto sent = SentSince();
  for (int n = 1; n <= 6; ++n) EXPECT_THAT(sent, Contains(Pair(Sku(n), 0))) << "a person has approved it";
  for (int n = 7; n <= 9; ++n) EXPECT_EQ(Target(n).state, TargetState::kBraked);
  EXPECT_EQ(Gate().state, GateState::kBraked);
}

TEST_F(SyncPlanTest, AppliedBeforeTheFirstQuantities_ItOpensTheGate) {
  store_.Write([](Tx& tx) { return tx.PutGate({.channel_id = "uk", .account_id = "acc"}); });
  Stock(3);
  world_.Settle();
  EXPECT_THAT(world_.shop.items(), IsEmpty());
  const SyncPlanRecord plan = Plan();
  EXPECT_THAT(Rows(plan), SizeIs(3));
  EXPECT_EQ(Apply(plan).applied, 3);
  world_.Settle();
  EXPECT_THAT(SentSince(), SizeIs(3));
  EXPECT_EQ(Gate().state, GateState::kOpen);
  SetLevel(2, 7);
  world_.Settle();
  EXPECT_THAT(SentSince(), ElementsAre(Pair("S2", 7)));
}

TEST_F(SyncPlanTest, APlanOfWhichNothingIsLeft_OpensNoGate) {
  store_.Write([](Tx& tx) { return tx.PutGate({.channel_id = "uk", .account_id = "acc"}); });
  Stock(1);
  world_.Settle();
  const SyncPlanRecord plan = Plan();
  SetLevel(1, 7);
  EXPECT_EQ(Apply(plan).stale, 1);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kFirst);
  EXPECT_THAT(SentSince(), IsEmpty());
}

TEST_F(SyncPlanTest, ARaise_WaitsForOrdersAllTheSame) {
  Sell(2);
  SentSince();
  world_.brings_orders = true;
  SetLevel(1, 70);
  SetLevel(2, 10);
  const SyncPlanRecord plan = Plan();
  EXPECT_EQ(plan.rows, 2);
  EXPECT_EQ(plan.held, 1);
  EXPECT_EQ(Apply(plan).applied, 2);
  world_.Settle();
  EXPECT_THAT(SentSince(), ElementsAre(Pair("S2", 10)));
  EXPECT_EQ(Target(1).state, TargetState::kHeld);
  world_.brings_orders = false;
  world_.Live(2 * kHourUs);
  EXPECT_THAT(SentSince(), ElementsAre(Pair("S1", 70)));
}

TEST_F(SyncPlanTest, WhatTravelsAlready_IsNoRow_NorTouchedWhenItLeftMeanwhile) {
  Sell(2);
  SetLevel(1, 7);
  SetLevel(2, 8);
  store_.ChangeTarget("acc", Sku(1), [](TargetRecord& target) {
    target.state = TargetState::kInFlight;
    target.wanted = 7;
    target.intent_id = 77;
  });
  EXPECT_THAT(Rows(Plan({.force = true})), ElementsAre(Pair("S2", 8)));
  const SyncPlanRecord plan = Plan();
  EXPECT_THAT(Rows(plan), ElementsAre(Pair("S2", 8)));
  store_.ChangeTarget("acc", Sku(2), [](TargetRecord& target) {
    target.state = TargetState::kInFlight;
    target.wanted = 9;
    target.intent_id = 78;
  });
  EXPECT_EQ(Apply(plan).stale, 1) << "another number of it is on its way";
  EXPECT_EQ(Target(2).state, TargetState::kInFlight);
  EXPECT_EQ(Target(2).intent_id, 78);
}

TEST_F(SyncPlanTest, ListingsThatSendNothing_AreNoRows) {
  Sell(1);
  store_.AddListing(channel_, "UNLINKED");
  store_.AddListing(channel_, "FBA", items_[1], 1, Fulfilment::kMarketplace);
  store_.AddListing(channel_, "NEVER-COUNTED", store_.AddItem("NEVER-COUNTED"));
  ListingRecord ignored = store_.AddListing(channel_, "IGNORED", items_[1]);
  ignored.ignored = true;
  store_.PutListing(ignored);
  const SyncPlanRecord plan = Plan({.force = true});
  EXPECT_THAT(Rows(plan), ElementsAre(Pair("S1", 50)));
  EXPECT_EQ(plan.listings, 4) << "linked ones";
}

}  // namespace
}  // namespace quayside
