// How the engine comes to rest, and what it leaves for the next start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "host/sync/testing/engine_fixture.h"

namespace quayside {
namespace {

using ::testing::IsEmpty;

class EngineStopTest : public EngineFixture {};

TEST_F(EngineStopTest, Stop_LetsARunningStepFinish_KeepsWhatItBrings_AndStartsNothingElse) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract != "order_sync/1") return shop_->Usual(call);
    gate_.Pass();
    return OrdersPage(world_.now(), {"1"}, /*has_more=*/true);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  std::thread stopper([this] { engine_->Stop(); });
  gate_.Open();
  stopper.join();
  EXPECT_TRUE(HasOrder("a", "1"));
  EXPECT_EQ(Row("a.orders")->cursor.watermark_us, world_.now());
  const int calls = shop_->CallCount("a");
  world_.clock.Advance(kDayUs);
  EXPECT_EQ(shop_->CallCount("a"), calls);
}

TEST_F(EngineStopTest, Stop_DoesNotWaitForAStuckStep) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start({.drain_timeout_us = kDayUs});  // real time: the test would not end
  gate_.AwaitArrivals(1);
  world_.clock.Advance(kTooLongUs);
  UntilActivity("a.orders", LaneActivity::kBackoff);
  engine_->Stop();
}

TEST_F(EngineStopTest, Stop_StoresWhatIsLeftOfTheAllowance_AndTheNextStartTakesItUp) {
  MakeShop();
  AddShop("a", "uk");
  budgets_.Declare("a", "op", 0.01, 10);
  Start();
  UntilPulled("a", 1);
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.BudgetsAreExact(); })) << "killed now, calls would be unknown";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(budgets_.Take("a", "op"), std::nullopt);
  engine_->Stop();
  EXPECT_TRUE(world_.Read([](ReadTx& tx) { return tx.BudgetsAreExact(); }));
  budgets_.Forget("a");
  engine_.reset();
  Start();
  EXPECT_NEAR(budgets_.List({.account_id = "a"}).front().record.tokens, 6, 1e-6);
}

TEST_F(EngineStopTest, Stop_WithACallThatMayStillBeSent_DoesNotClaimToKnowTheAllowance) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  budgets_.Declare("a", "op", 0.01, 10);
  Start({.drain_timeout_us = kMillisecondUs});
  gate_.AwaitArrivals(1);
  engine_->Stop();
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.BudgetsAreExact(); }));
}

TEST_F(EngineStopTest, WhileItDrains_NoStepBegins_AndThoseUnderWayAreWaitedFor) {
  MakeShop().Follow([this](const ShopCall& call) {
    gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  EXPECT_FALSE(engine_->draining());
  engine_->SetDraining(true);
  EXPECT_TRUE(engine_->draining());
  const std::vector<StepUnderWay> steps = engine_->StepsUnderWay();
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps[0].plugin_id, ScriptedShop::kPlugin);
  EXPECT_FALSE(steps[0].stuck);
  EXPECT_FALSE(engine_->AwaitQuiet(kMillisecondUs)) << "a step is at the gate";
  gate_.Open();
  EXPECT_TRUE(engine_->AwaitQuiet(60 * kSecondUs));
  EXPECT_THAT(engine_->StepsUnderWay(), IsEmpty());
  const int calls = shop_->CallCount("a", "order_sync/1");
  const int64_t waits = clock_.waits;
  engine_->MakeLanesDue({"a.orders"});
  Until("the scheduler has looked at what is due", [&] { return clock_.waits > waits; });
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), calls);
  engine_->SetDraining(false);
  UntilPulled("a", calls + 1);
}

}  // namespace
}  // namespace quayside
