// Runs that people ask for, and what becomes of them.
#include <gtest/gtest.h>

#include <string>

#include "host/base/errors.h"
#include "host/sync/lane_control.h"
#include "host/sync/testing/engine_fixture.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {
namespace {

class EngineRunsTest : public EngineFixture {};

TEST_F(EngineRunsTest, ARun_ThatSomebodyAskedFor_RunsNow_AndIsRecordedThoughItFoundNothing) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  const RunRecord run = AskForRun("a.orders");
  EXPECT_EQ(run.state, RunState::kQueued);
  const RunRecord ended = UntilEnded(run.id);
  EXPECT_EQ(ended.state, RunState::kSucceeded);
  EXPECT_EQ(ended.steps, 1);
  UntilPulled("a", 2);
}

TEST_F(EngineRunsTest, ARun_AskedForDuringAStep_IncludesOneMore) {
  StartWithAStepUnderWay();
  const RunRecord run = AskForRun("a.orders");
  EXPECT_EQ(AskForRun("a.orders").id, run.id) << "two who ask share one run";
  gate_.Open();
  EXPECT_EQ(UntilEnded(run.id).steps, 2);
}

TEST_F(EngineRunsTest, RunsAskedFor_SurviveARestart_AndThoseOfLanesThatAreGone_End) {
  MakeShop();
  AddShop("a", "uk");
  PutChannel("a", "de", false);
  Start();
  UntilPulled("a", 1);
  engine_->Stop();
  const auto queue = [&](int64_t id, const std::string& lane) {
    world_.Write([&](Tx& tx) {
      return tx.PutRun({.id = id, .lane_id = lane, .state = RunState::kQueued, .started_us = world_.now()});
    });
  };
  queue(1, "a.orders");
  queue(2, "gone.orders");
  queue(3, "a.de.listings");
  Restart();
  EXPECT_EQ(UntilEnded(1).state, RunState::kSucceeded);
  for (const int64_t id : {2, 3}) {
    EXPECT_EQ(UntilEnded(id).state, RunState::kFailed);
    EXPECT_EQ(Run(id).error_reason, "LANE_DISABLED");
  }
}

TEST_F(EngineRunsTest, ARunOfALane_ThatIsDisabledMeanwhile_Ends) {
  StartWithAStepUnderWay();
  const RunRecord run = AskForRun("a.orders");
  PutChannel("a", "uk", false);
  engine_->AccountChanged("a");
  gate_.Open();
  EXPECT_EQ(UntilEnded(run.id).error_reason, "LANE_DISABLED");
}

// What somebody wants while a step runs, or while steps fail, is not lost with the step's own copy of the lane.
TEST_F(EngineRunsTest, AWishForAPass_OutlivesRunningAndFailingSteps_AndTheHost) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract != "listing_sync/1") return shop_->Usual(call);
    quayside::plugin::v1::PullListingsRequest request;
    EXPECT_TRUE(request.ParseFromString(call.request));
    gate_.Pass();
    return request.want_pass() ? ShopError(QS_INTERNAL, "BROKEN") : shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  world_.Write([&](Tx& tx) { return RequestPass(tx, world_.ids(), world_.now(), Lane("a.uk.listings")).status(); });
  engine_->LaneChanged("a.uk.listings");
  EXPECT_EQ(Lane("a.uk.listings").record.want_pass_us, world_.now());
  gate_.Open();
  UntilActivity("a.uk.listings", LaneActivity::kBackoff);
  EXPECT_EQ(Lane("a.uk.listings").record.want_pass_us, world_.now());
  Until("the failure is stored",
        [&] { return Row("a.uk.listings").has_value() && Row("a.uk.listings")->failures > 0; });
  EXPECT_EQ(Row("a.uk.listings")->want_pass_us, world_.now());
  Restart();
  EXPECT_EQ(Lane("a.uk.listings").record.want_pass_us, world_.now());
}

TEST_F(EngineRunsTest, ACancelledRun_EndsAfterTheStepUnderWay_AndItsLaneWaitsForItsUsualTime) {
  MakeShop().Follow([&](const ShopCall& call) {
    const ShopAnswer answer = shop_->Usual(call);
    if (call.contract == "order_sync/1") gate_.Pass();
    return answer;
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const RunRecord asked = AskForRun("a.orders");
  world_.Write([&](Tx& tx) { return CancelRun(tx, world_.now(), asked.id).status(); });
  engine_->RunCancelled(Run(asked.id));
  gate_.Open();
  Until("the step has ended", [&] { return engine_->StepsUnderWay().empty(); });
  EXPECT_EQ(Run(asked.id).state, RunState::kCancelled);
  const LaneStatus lane = engine_->GetLane("a.orders").value();
  EXPECT_EQ(lane.activity, LaneActivity::kIdle);
  EXPECT_GT(lane.record.next_run_us, world_.now());
  EXPECT_EQ(EventCount("run.cancelled"), 1);
  // It is gone on with when its time has come, or when somebody asks.
  EXPECT_EQ(UntilEnded(AskForRun("a.orders").id).state, RunState::kSucceeded);
  StopEverything();
}

TEST_F(EngineRunsTest, ACancelledRun_ThatHasNotBegun_DoesNotBegin) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  engine_->SetDraining(true);
  Until("nothing is under way", [&] { return engine_->StepsUnderWay().empty(); });
  const RunRecord asked = AskForRun("a.orders");
  world_.Write([&](Tx& tx) { return CancelRun(tx, world_.now(), asked.id).status(); });
  engine_->RunCancelled(Run(asked.id));
  EXPECT_GT(engine_->GetLane("a.orders").value().record.next_run_us, world_.now());
  engine_->SetDraining(false);
  EXPECT_EQ(Run(asked.id).state, RunState::kCancelled);
  // One that is over stays what it was.
  const RunRecord done = UntilEnded(AskForRun("a.orders").id);
  world_.Write([&](Tx& tx) { return CancelRun(tx, world_.now(), done.id).status(); });
  EXPECT_EQ(Run(done.id).state, RunState::kSucceeded);
  StopEverything();
}

TEST_F(EngineRunsTest, ACancelledRun_LeavesItsLaneTheIntervalThatPeopleSet) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  Schedule("a.orders", kHourUs);
  Until("it waits an hour", [&] { return Lane("a.orders").record.next_run_us == world_.now() + kHourUs; });
  engine_->SetDraining(true);
  Until("nothing is under way", [&] { return engine_->StepsUnderWay().empty(); });
  const RunRecord asked = AskForRun("a.orders");
  EXPECT_EQ(Lane("a.orders").record.next_run_us, world_.now()) << "it is due now";
  world_.Write([&](Tx& tx) { return CancelRun(tx, world_.now(), asked.id).status(); });
  engine_->RunCancelled(Run(asked.id));
  EXPECT_EQ(Lane("a.orders").record.next_run_us, world_.now() + kHourUs);
}

}  // namespace
}  // namespace quayside
