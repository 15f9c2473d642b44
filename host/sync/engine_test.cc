// Lanes on their way: which there are, when they run, and what failures make of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/sync/lane_control.h"
#include "host/sync/next_comparison.h"
#include "host/sync/testing/engine_fixture.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EngineTest : public EngineFixture {};

TEST_F(EngineTest, Start_RunsTheLanesOfEnabledChannels_AndNoOthers) {
  MakeShop();
  AddShop("a", "uk");
  PutChannel("a", "de", false);
  AddAccount("closed");
  PutChannel("closed", "fr", false);
  Start();
  UntilPulled("a", 1);
  UntilActivity("a.uk.listings", LaneActivity::kIdle);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("closed"), 0);
  EXPECT_EQ(Lane("closed.orders").activity, LaneActivity::kDisabled);
  EXPECT_EQ(Lane("a.de.listings").activity, LaneActivity::kDisabled);
  EXPECT_EQ(Lane("a.orders").record.next_run_us, world_.now() + kOrdersIntervalUs);
}

TEST_F(EngineTest, ListLanes_GivesAnAccountsOwn_AndLanesOfChannels_WhatServesThem) {
  MakeShop();
  AddShop("a", "uk");
  PutChannel("a", "de");
  AddShop("a-2", "fr");
  Start();
  const auto ids = [](const std::vector<LaneStatus>& lanes) {
    std::vector<std::string> all;
    for (const LaneStatus& lane : lanes) all.push_back(lane.record.id);
    return all;
  };
  EXPECT_THAT(ids(engine_->ListLanes({.account_id = "a"}).value()),
              ElementsAre("a.de.listings", "a.inventory", "a.orders", "a.uk.listings"));
  EXPECT_THAT(ids(engine_->ListLanes({.account_id = "a", .after_id = "a.inventory", .limit = 1}).value()),
              ElementsAre("a.orders"));
  EXPECT_THAT(ids(engine_->ListLanes({.channel_id = "fr"}).value()), ElementsAre("a-2.fr.listings"));
  EXPECT_THAT(engine_->ListLanes({.account_id = "b"}).value(), IsEmpty());
  const auto uk = world_.Read([](ReadTx& tx) { return tx.GetChannel("uk"); });
  const auto fr = world_.Read([](ReadTx& tx) { return tx.GetChannel("fr"); });
  EXPECT_THAT(ids(engine_->LanesOfChannels({uk, fr})), ElementsAre("a-2.fr.listings", "a-2.inventory", "a-2.orders",
                                                                   "a.inventory", "a.orders", "a.uk.listings"));
  EXPECT_TRUE(HasReason(engine_->GetLane("a.listings").status(), Reason::kLaneNotFound));
}

TEST_F(EngineTest, ADisabledChannel_HasNoMoreTraffic_UntilItIsEnabledAgain) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  UntilActivity("a.uk.listings", LaneActivity::kIdle);
  UntilActivity("a.inventory", LaneActivity::kIdle);
  PutChannel("a", "uk", false);
  engine_->AccountChanged("a");
  const int calls = shop_->CallCount("a");
  world_.clock.Advance(kDayUs);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("a"), calls);
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kDisabled);
  PutChannel("a", "uk", true);
  engine_->AccountChanged("a");
  UntilPulled("a", 2);
}

TEST_F(EngineTest, APausedLane_StartsNothing_SaysWhy_AndGoesOnWhenItIsResumed) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  Pause("a.orders", "stocktaking");
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kPaused);
  EXPECT_EQ(Lane("a.orders").record.pause_note, "stocktaking");
  world_.clock.Advance(kDayUs);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 1);
  ChangeLane("a.orders", [&](Tx& tx, const LaneStatus& lane) {
    EXPECT_TRUE(HasReason(RequestRun(tx, world_.ids(), world_.now(), lane).status(), Reason::kLanePaused));
    return absl::OkStatus();
  });
  Resume("a.orders");
  UntilPulled("a", 2);
  EXPECT_EQ(Lane("a.orders").record.pause_note, "");
  EXPECT_EQ(EventCount("lane.paused"), 1);
  EXPECT_EQ(EventCount("lane.resumed"), 1);
}

// The step's own copy of the lane does not know of the pause, and it commits that copy.
TEST_F(EngineTest, APauseDuringAStep_SurvivesTheStepsCommit_AndARestart) {
  StartWithAStepUnderWay();
  Pause("a.orders", "stocktaking");
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kRunning);
  gate_.Open();
  UntilActivity("a.orders", LaneActivity::kPaused);
  EXPECT_EQ(Row("a.orders")->cursor.watermark_us, world_.now()) << "what ran was kept";
  Restart();
  world_.clock.Advance(kDayUs);
  LetTheSchedulerPass();
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kPaused);
  EXPECT_EQ(Lane("a.orders").record.pause_note, "stocktaking");
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 1);
}

// The same with a step that fails: its failure is written over the lane's row.
TEST_F(EngineTest, APauseDuringAStepThatFails_SurvivesARestart) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return ShopError(QS_INTERNAL, "BROKEN");
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const LaneStatus lane = Lane("a.orders");
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(ScheduleLane(tx, world_.now(), lane, kHourUs).status());
    return PauseLane(tx, world_.now(), lane, "stocktaking").status();
  });
  gate_.Open();  // before the engine hears of the pause
  Until("the failure is stored", [&] { return Row("a.orders")->failures == 1; });
  EXPECT_EQ(Row("a.orders")->interval_us, kHourUs);
  engine_->LaneChanged("a.orders");
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kPaused);
  Restart();
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kPaused);
}

TEST_F(EngineTest, AScheduledLane_LooksForNewsAsOftenAsPeopleWant_AlsoAfterARestart) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  Schedule("a.orders", kHourUs);
  Until("it has looked and waits an hour",
        [&] { return Lane("a.orders").record.next_run_us == world_.now() + kHourUs; });
  EXPECT_EQ(Row("a.orders")->interval_us, kHourUs);
  Restart();
  world_.clock.Advance(kOrdersIntervalUs);  // it may look once more when it was to look before
  Until("it waits an hour again", [&] { return Lane("a.orders").record.next_run_us == world_.now() + kHourUs; });
  Schedule("a.orders", 0);
  Until("it waits as is usual",
        [&] { return Lane("a.orders").record.next_run_us == world_.now() + kOrdersIntervalUs; });
}

TEST_F(EngineTest, RefusedCredentials_StopTheLane_ItSaysWhy_AndAChangeOfTheAccountTriesAgain) {
  MakeShop().Follow([this](const ShopCall& call) {
    return call.account == "a" && call.contract == "order_sync/1" ? ShopError(QS_AUTH, "CREDENTIALS_REFUSED")
                                                                  : shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  UntilActivity("a.orders", LaneActivity::kNeedsOperator);
  EXPECT_EQ(Lane("a.orders").record.last_error_reason, "CREDENTIALS_REFUSED");
  EXPECT_THAT(Lane("a.orders").record.last_error, HasSubstr("the shop says"));
  Until("the event is there", [&] { return EventCount("lane.needs_operator") == 1; });
  world_.clock.Advance(kDayUs);
  LetTheSchedulerPass();
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 1);
  shop_->Follow({});
  engine_->AccountChanged("a");
  UntilPulled("a", 2);
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kIdle);
  EXPECT_EQ(Lane("a.orders").record.last_error, "");
}

TEST_F(EngineTest, Failures_WaitLongerEachTime_AndASuccessForgetsThem) {
  MakeShop().Follow([this](const ShopCall& call) {
    return call.contract == "order_sync/1" ? ShopError(QS_INTERNAL, "BROKEN") : shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  for (const int64_t seconds : {2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    UntilActivity("a.orders", LaneActivity::kBackoff);
    EXPECT_EQ(Lane("a.orders").record.next_run_us, world_.now() + seconds * kSecondUs);
    const int failures = Lane("a.orders").record.failures;
    world_.clock.Advance(seconds * kSecondUs);
    Until("it is tried again", [&] { return Lane("a.orders").record.failures > failures; });
  }
  const int64_t failed = Lane("a.orders").record.failures;
  EXPECT_EQ(failed, 11);
  Until("every failure is told", [&] { return EventCount("lane.failed") == failed; });
  shop_->Follow({});
  AskForRun("a.orders");
  UntilActivity("a.orders", LaneActivity::kIdle);
  EXPECT_EQ(Lane("a.orders").record.failures, 0);
  EXPECT_EQ(Lane("a.orders").record.last_error_reason, "");
}

TEST_F(EngineTest, ARetryTime_OfTheMarketplace_IsKept_WhenItIsLaterThanTheBackoff) {
  const TimeUs at = world_.now() + 9 * kMinuteUs;
  MakeShop().Follow([&](const ShopCall&) { return ShopError(QS_RETRY, "THROTTLED", at); });
  AddShop("a", "uk");
  Start();
  UntilActivity("a.orders", LaneActivity::kBackoff);
  EXPECT_EQ(Lane("a.orders").record.next_run_us, at);
  EXPECT_EQ(Lane("a.orders").record.last_error_reason, "THROTTLED");
}

// Allowance that is used up, and a document that takes longer than a step.
class SlowPaceTest : public EngineTest, public ::testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Reasons, SlowPaceTest, ::testing::Values("RATE_LIMITED", "DOCUMENT_ARRIVING"));

// Its pace, not a failure: also right after one.
TEST_P(SlowPaceTest, IsNoFailure_AndEndsNoRun) {
  const TimeUs at = world_.now() + 3 * kMinuteUs;
  std::atomic<bool> broken{true};
  MakeShop().Follow([&](const ShopCall& call) {
    if (call.account != "a" || call.contract != "order_sync/1") return shop_->Usual(call);
    return broken ? ShopError(QS_INTERNAL, "BROKEN") : ShopError(QS_RETRY, GetParam(), at);
  });
  AddShop("a", "uk");
  Start();
  Until("the failure is stored", [&] { return EventCount("lane.failed") == 1; });
  broken = false;
  const RunRecord run = AskForRun("a.orders");
  Until("it waits for the allowance", [&] { return Lane("a.orders").record.next_run_us == at; });
  EXPECT_EQ(Lane("a.orders").record.failures, 1);
  LetTheSchedulerPass();
  EXPECT_EQ(EventCount("lane.failed"), 1);
  EXPECT_EQ(Run(run.id).ended_us, 0);
  shop_->Follow({});
  world_.clock.Set(at);
  EXPECT_EQ(UntilEnded(run.id).state, RunState::kSucceeded);
}

TEST_F(EngineTest, AnUnreadableReply_IsTheFaultOfThePlugin_AndNothingIsKept) {
  MakeShop().Follow([this](const ShopCall& call) {
    return call.account == "a" ? ShopAnswer{QS_OK, "\xff no protobuf"} : shop_->Usual(call);
  });
  AddShop("a", "uk");
  AddShop("b", "de");
  Start();
  UntilActivity("a.orders", LaneActivity::kBackoff);
  EXPECT_EQ(Lane("a.orders").record.last_error_reason, "PLUGIN_FAULT");
  EXPECT_EQ(Lane("a.orders").record.cursor, CursorRecord{});
  UntilPulled("b", 1);
}

// Also when its account is changed, or its plugin replaced, before that.
TEST_F(EngineTest, ALaneThatCompares_BeginsInItsTurn_AndTheOthersAtOnce) {
  MakeShop();
  AddShop("a", "uk");
  Start({.reconcile_us = kHourUs});
  UntilPulled("a", 1);
  const TimeUs turn = FirstComparisonUs("uk", world_.now(), kHourUs);
  ASSERT_GT(turn, world_.now());
  engine_->AccountChanged("a");
  UntilPulled("a", 2);
  LetTheSchedulerPass();
  EXPECT_EQ(Lane("a.uk.reconcile").record.next_run_us, turn);
  EXPECT_FALSE(Row("a.uk.reconcile").has_value());
  world_.clock.Set(turn);
  Until("it has compared", [&] { return Row("a.uk.reconcile").has_value(); });
}

TEST_F(EngineTest, AnAccountWithManyLanes_DoesNotStarveAnother) {
  MakeShop(4).Follow([this](const ShopCall& call) {
    if (call.account == "many") gate_.Pass();
    return shop_->Usual(call);
  });
  AddAccount("many");
  for (const char* channel : {"m1", "m2", "m3", "m4", "m5", "m6"}) PutChannel("many", channel);
  AddShop("other", "uk");
  Start({.max_steps_per_account = 2});
  gate_.AwaitArrivals(2);
  UntilPulled("other", 1);
  EXPECT_EQ(shop_->CallCount("many"), 2);
  gate_.Open();
  Until("all of them ran", [&] { return shop_->CallCount("many", "listing_sync/1") == 6; });
}

TEST_F(EngineTest, TestAccount_AsksThePlugin_WithoutHoldingARead) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  // There is one reader: a read inside a read would wait for ever.
  shop_->on_active = [this] { (void)world_.LastRevision(); };
  EXPECT_TRUE(engine_->TestAccount("a", kMinuteUs).ok());
  EXPECT_TRUE(HasReason(engine_->TestAccount("b", kMinuteUs).status(), Reason::kAccountNotFound));
}

TEST_F(EngineTest, TheLanesOfAPlugin_AreItsOwn_AndSayWhetherTheyCanRun) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  EXPECT_THAT(engine_->LanesOfPlugin("another"), IsEmpty());
  const auto orders = [&] {
    for (const LaneLoad& load : engine_->LanesOfPlugin(ScriptedShop::kPlugin)) {
      if (load.lane_id == "a.orders") return load;
    }
    return LaneLoad{};
  };
  EXPECT_TRUE(orders().can_run);
  world_.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("uk"));
    channel.enabled = false;
    return tx.PutChannel(channel, "test");
  });
  engine_->AccountChanged("a");
  EXPECT_FALSE(orders().can_run);
}

}  // namespace
}  // namespace quayside
