// What is tried again when another generation of the plugin works, and what is left to wait.
#include <gtest/gtest.h>

#include <string>

#include "host/sync/testing/engine_fixture.h"

namespace quayside {
namespace {

class EngineRetriesTest : public EngineFixture {
 protected:
  static constexpr int64_t kThis = 1;  // the shop's generation
  static constexpr int64_t kNext = 2;

  // Account "a" with channel "uk", whose calls of this contract fail.
  void StartFailing(const std::string& contract, ShopAnswer failure) {
    MakeShop();
    AddShop("a", "uk");
    Fail(contract, std::move(failure));
    Start();
  }
  void Fail(const std::string& contract, ShopAnswer failure) {
    shop_->Follow([this, contract, failure](const ShopCall& call) {
      return call.contract == contract ? failure : shop_->Usual(call);
    });
  }
  void Mend() { shop_->Follow({}); }
};

TEST_F(EngineRetriesTest, ALane_IsTriedAtOnce_WhenItFailedUnderAnotherGeneration) {
  StartFailing("order_sync/1", ShopError(QS_INTERNAL, "BROKEN"));
  UntilPulled("a", 1);
  ASSERT_EQ(Lane("a.orders").activity, LaneActivity::kBackoff);
  Mend();
  engine_->TryAgain(ScriptedShop::kPlugin, kThis);
  engine_->TryAgain("another", kNext);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 1) << "nothing has changed for it";
  engine_->TryAgain(ScriptedShop::kPlugin, kNext);
  UntilPulled("a", 2);
  EXPECT_EQ(Lane("a.orders").record.failures, 0);
  engine_->TryAgain(ScriptedShop::kPlugin, kNext);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 2) << "once is enough";
}

TEST_F(EngineRetriesTest, AnOperatorsLane_IsTriedToo_AndARestartKnows) {
  StartFailing("order_sync/1", ShopError(QS_AUTH, "CREDENTIALS_REFUSED"));
  UntilActivity("a.orders", LaneActivity::kNeedsOperator);
  Until("that is stored", [&] { return Row("a.orders")->needs_operator; });
  engine_->SetDraining(true);
  engine_->TryAgain(ScriptedShop::kPlugin, kNext);
  EXPECT_FALSE(Row("a.orders")->needs_operator);
  EXPECT_EQ(Row("a.orders")->failures, 0);
  Mend();
  Restart();
  UntilPulled("a", 2);
}

TEST_F(EngineRetriesTest, AFailure_ThatComesBack_BeginsToBackOffAnew) {
  StartFailing("order_sync/1", ShopError(QS_INTERNAL, "BROKEN"));
  for (int failures = 1; failures <= 3; ++failures) {
    UntilPulled("a", failures);
    EXPECT_EQ(Lane("a.orders").record.failures, failures);
    world_.clock.Advance(kHourUs);
  }
  UntilPulled("a", 4);
  engine_->TryAgain(ScriptedShop::kPlugin, kNext);
  UntilPulled("a", 5);
  EXPECT_EQ(Lane("a.orders").record.failures, 1);
}

TEST_F(EngineRetriesTest, WhatTheMarketplaceAskedToWaitFor_GoesOnWaiting) {
  MakeShop();
  const TimeUs then = world_.now() + kHourUs;
  AddShop("a", "uk");
  Fail("order_sync/1", ShopError(QS_RETRY, "THROTTLED", then));
  Start();
  UntilPulled("a", 1);
  ASSERT_EQ(Lane("a.orders").record.failures, 1);
  Mend();
  engine_->TryAgain(ScriptedShop::kPlugin, kNext);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 1);
  EXPECT_EQ(Lane("a.orders").record.next_run_us, then);
}

TEST_F(EngineRetriesTest, AQuantityOfUnknownOutcome_IsSentAtOnce_ThoughItsLaneHasRestedSince) {
  MakeShop();
  AddShop("a", "uk");
  const int64_t item = world_.AddItem("MUG", 7);
  world_.AddListing(world_.Read([](ReadTx& tx) { return tx.GetChannel("uk"); }), "MUG", item);
  world_.SetLevel(item, 7);
  Fail("inventory_push/1", ShopError(QS_INTERNAL, "BROKEN"));
  Start();
  Until("the push has failed", [&] { return world_.Target("a", "MUG").failures == 1; });
  UntilActivity("a.inventory", LaneActivity::kBackoff);
  EXPECT_EQ(world_.Target("a", "MUG").state, TargetState::kDirty);
  world_.ChangeTarget("a", "MUG", [&](TargetRecord& target) { target.due_us = world_.now() + kDayUs; });
  Mend();
  world_.clock.Advance(kMinuteUs);
  UntilActivity("a.inventory", LaneActivity::kIdle);
  ASSERT_EQ(world_.Target("a", "MUG").accepted, std::nullopt) << "it waits for itself";
  engine_->TryAgain(ScriptedShop::kPlugin, kThis);
  LetTheSchedulerPass();
  EXPECT_EQ(world_.Target("a", "MUG").accepted, std::nullopt);
  engine_->TryAgain(ScriptedShop::kPlugin, kNext);
  Until("it is accepted", [&] { return world_.Target("a", "MUG").accepted == 7; });
}

}  // namespace
}  // namespace quayside
