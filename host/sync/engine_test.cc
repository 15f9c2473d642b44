// The engine with a scripted plugin, a real store and real threads, on a clock that stands still until it is moved.
#include "host/sync/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "host/base/errors.h"
#include "host/base/trace_scope.h"
#include "host/inventory/testing/store_world.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/store/notifying_store.h"
#include "host/sync/lane_control.h"
#include "host/sync/testing/scripted_shop.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr DurationUs kStepTimeoutUs = kMinuteUs;
// Past a step's deadline and the watchdog's grace.
constexpr DurationUs kTooLongUs = kStepTimeoutUs + 3 * kSecondUs;
constexpr DurationUs kOrdersIntervalUs = 4 * kMinuteUs;

class NoTokens final : public Tokens {
 public:
  absl::StatusOr<std::string> Get(const std::string&, const quayside::plugin::v1::Credential&, const std::string&,
                                  const std::function<bool()>&) override {
    return absl::UnimplementedError("the shop needs none");
  }
  void Invalidate(const std::string&, const std::string&, const std::string&) override {}
  void Forget(const std::string&) override {}
};

// The longest wait of every draw.
class UnluckyRng final : public Rng {
 public:
  uint64_t Below(uint64_t bound) override { return bound == 0 ? 0 : bound - 1; }
};

// Counts the waits, and those for a time that is over.
class WatchedClock final : public Clock {
 public:
  explicit WatchedClock(const Clock& inner) : inner_(inner) {}
  [[nodiscard]] TimeUs Now() const override { return inner_.Now(); }
  void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, TimeUs until) const override {
    ++waits;
    if (until <= Now()) ++waits_for_nothing;
    inner_.WaitUntil(lock, condition, until);
  }
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override { return inner_.RealDuration(duration); }

  mutable std::atomic<int64_t> waits{0};
  mutable std::atomic<int64_t> waits_for_nothing{0};

 private:
  const Clock& inner_;
};

class EngineTest : public ::testing::Test {
 protected:
  ~EngineTest() override { StopEverything(); }

  void StopEverything() {
    gate_.Open();
    if (engine_ != nullptr) engine_->Stop();
    if (shop_ != nullptr) shop_->Stop();
    engine_.reset();
  }

  ScriptedShop& MakeShop(int workers = 4) {
    shop_ = std::make_unique<ScriptedShop>(clock_, *logger_, workers);
    return *shop_;
  }
  void AddAccount(const std::string& id) {
    world_.Write([&](Tx& tx) {
      return tx.PutAccount({.id = id, .plugin_id = ScriptedShop::kPlugin, .options = shop_->options()});
    });
  }
  void PutChannel(const std::string& account, const std::string& id, bool enabled = true) {
    world_.AddChannel(id, [&](ChannelRecord& channel) {
      channel.account_id = account;
      channel.marketplace = id;
      channel.enabled = enabled;
    });
  }
  // An account with one enabled channel.
  void AddShop(const std::string& account, const std::string& channel) {
    AddAccount(account);
    PutChannel(account, channel);
  }
  void Start(EngineOptions options = {}) {
    options.step_timeout_us = kStepTimeoutUs;
    engine_ = MakeEngine({store_, clock_, rng_, world_.ids(), *logger_, *shop_, budgets_, tokens_, cipher_}, options);
    ASSERT_TRUE(engine_->Start().ok());
  }
  // As after a crash: what memory knew is gone. The plugin stays loaded.
  void Restart() {
    engine_->Stop();
    engine_.reset();
    Start();
  }

  // The engine's threads are real: what they are about to do is waited for, while their clock stands still.
  void Until(const std::string& what, const std::function<bool()>& fact) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::unique_lock<std::mutex> lock(committed_mutex_);
    while (!fact()) {
      if (std::chrono::steady_clock::now() > patience) {
        ADD_FAILURE() << "in vain: " << what;
        return;
      }
      committed_.wait_for(lock, std::chrono::milliseconds(1));
    }
  }
  LaneStatus Lane(const std::string& id) {
    const auto lane = engine_->GetLane(id);
    EXPECT_TRUE(lane.ok()) << lane.status();
    return lane.value_or(LaneStatus());
  }
  // The account's orders lane was called so often and rests.
  void UntilPulled(const std::string& account, int times) {
    Until(account + " pulled orders " + std::to_string(times) + " times", [&] {
      return shop_->CallCount(account, "order_sync/1") >= times &&
             Lane(account + ".orders").activity != LaneActivity::kRunning;
    });
    EXPECT_EQ(shop_->CallCount(account, "order_sync/1"), times);
  }
  void UntilActivity(const std::string& lane, LaneActivity activity) {
    Until(lane + " is " + std::to_string(static_cast<int>(activity)), [&] { return Lane(lane).activity == activity; });
  }
  // Whatever is due now has begun: due lanes are served in the order of their times, and the second run of this one is
  // due last.
  void LetTheSchedulerPass() {
    if (!world_.Read([](ReadTx& tx) { return tx.FindChannel("witness", "witness-uk"); }).has_value()) {
      AddShop("witness", "witness-uk");
      engine_->AccountChanged("witness");
    }
    for (int i = 0; i < 2; ++i) UntilEnded(AskForRun("witness.orders").id);
  }

  void ChangeLane(const std::string& id, const std::function<absl::Status(Tx&, const LaneStatus&)>& change) {
    const LaneStatus lane = Lane(id);
    world_.Write([&](Tx& tx) { return change(tx, lane); });
    engine_->LaneChanged(id);
  }
  RunRecord AskForRun(const std::string& id) {
    RunRecord run;
    ChangeLane(id, [&](Tx& tx, const LaneStatus& lane) -> absl::Status {
      QS_ASSIGN_OR_RETURN(run, RequestRun(tx, world_.ids(), world_.now(), lane));
      return absl::OkStatus();
    });
    return run;
  }
  void Pause(const std::string& id, const std::string& note) {
    ChangeLane(id, [&](Tx& tx, const LaneStatus& lane) { return PauseLane(tx, world_.now(), lane, note).status(); });
  }
  void Schedule(const std::string& id, DurationUs interval) {
    ChangeLane(id,
               [&](Tx& tx, const LaneStatus& lane) { return ScheduleLane(tx, world_.now(), lane, interval).status(); });
  }
  void Resume(const std::string& id) {
    ChangeLane(id, [&](Tx& tx, const LaneStatus& lane) { return ResumeLane(tx, world_.now(), lane).status(); });
  }
  RunRecord Run(int64_t id) {
    return world_.Read([&](ReadTx& tx) { return tx.GetRun(id); });
  }
  RunRecord UntilEnded(int64_t run_id) {
    Until("the run has ended", [&] { return Run(run_id).ended_us != 0; });
    return Run(run_id);
  }
  std::optional<LaneRecord> Row(const std::string& id) {
    return world_.Read([&](ReadTx& tx) { return tx.FindLane(id); });
  }
  bool HasOrder(const std::string& account, const std::string& id) {
    return world_.Read([&](ReadTx& tx) { return tx.FindOrder(account, id); }).has_value();
  }
  int EventCount(const std::string& type) {
    const std::vector<std::string> types = world_.EventTypes();
    return static_cast<int>(std::count(types.begin(), types.end(), type));
  }
  std::string GenerationState() { return shop_->List().front().generations.front().state; }

  StoreWorld world_;
  std::mutex committed_mutex_;
  std::condition_variable committed_;
  NotifyingStore store_{world_.store(), [this] { committed_.notify_all(); }};
  WatchedClock clock_{world_.clock};
  UnluckyRng rng_;
  PlainCipher cipher_;
  NoTokens tokens_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  RateBudgets budgets_{clock_};
  Gate gate_;
  std::unique_ptr<ScriptedShop> shop_;
  std::unique_ptr<Engine> engine_;
};

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

TEST_F(EngineTest, ARun_ThatSomebodyAskedFor_RunsNow_AndIsRecordedThoughItFoundNothing) {
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

TEST_F(EngineTest, ARun_AskedForDuringAStep_IncludesOneMore) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const RunRecord run = AskForRun("a.orders");
  EXPECT_EQ(AskForRun("a.orders").id, run.id) << "two who ask share one run";
  gate_.Open();
  EXPECT_EQ(UntilEnded(run.id).steps, 2);
}

TEST_F(EngineTest, RunsAskedFor_SurviveARestart_AndThoseOfLanesThatAreGone_End) {
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

TEST_F(EngineTest, ARunOfALane_ThatIsDisabledMeanwhile_Ends) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const RunRecord run = AskForRun("a.orders");
  PutChannel("a", "uk", false);
  engine_->AccountChanged("a");
  gate_.Open();
  EXPECT_EQ(UntilEnded(run.id).error_reason, "LANE_DISABLED");
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
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
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

// Its pace, not a failure: also right after one.
TEST_F(EngineTest, UsedUpAllowance_IsNoFailure_AndEndsNoRun) {
  const TimeUs at = world_.now() + 3 * kMinuteUs;
  std::atomic<bool> broken{true};
  MakeShop().Follow([&](const ShopCall& call) {
    if (call.account != "a" || call.contract != "order_sync/1") return shop_->Usual(call);
    return broken ? ShopError(QS_INTERNAL, "BROKEN") : ShopError(QS_RETRY, "RATE_LIMITED", at);
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

// Proof item: a blocking step.
TEST_F(EngineTest, ABlockingStep_IsFencedAtItsDeadline_ItsWorkerIsReplaced_AndItsLateCommitChangesNothing) {
  MakeShop(1).Follow([this](const ShopCall& call) {
    if (call.account != "a" || call.contract != "order_sync/1") return shop_->Usual(call);
    gate_.Pass();
    return OrdersPage(world_.now(), {"late"});
  });
  AddShop("a", "uk");
  AddShop("b", "de");
  Start({.max_steps_per_account = 1});
  gate_.AwaitArrivals(1);
  const LaneRecord claimed = Lane("a.orders").record;
  world_.clock.Advance(kStepTimeoutUs);
  EXPECT_EQ(Lane("a.orders").activity, LaneActivity::kRunning) << "its time is over only now";
  world_.clock.Advance(kTooLongUs - kStepTimeoutUs);
  // Everything else goes on, although the plugin's only worker is stuck.
  UntilActivity("a.orders", LaneActivity::kBackoff);
  EXPECT_EQ(Lane("a.orders").record.last_error_reason, "PLUGIN_TIMEOUT");
  EXPECT_GT(Lane("a.orders").record.epoch, claimed.epoch);
  EXPECT_EQ(GenerationState(), "WEDGED");
  Until("the failure is told", [&] { return EventCount("lane.failed") == 1; });
  UntilPulled("b", 1);
  world_.clock.Advance(kOrdersIntervalUs);
  UntilPulled("b", 2);

  shop_->Follow({});
  gate_.Open();
  Until("the stuck worker came back", [&] { return GenerationState() == "ACTIVE"; });
  // Its account has its place again, and the lane goes on from where it was before the step.
  UntilActivity("a.orders", LaneActivity::kIdle);
  EXPECT_FALSE(HasOrder("a", "late"));
  EXPECT_EQ(shop_->CallCount("a", "order_sync/1"), 2);
  EXPECT_EQ(Lane("a.orders").record.failures, 0);
}

TEST_F(EngineTest, ARun_WhoseStepBlocks_Ends) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const RunRecord run = AskForRun("a.orders");
  world_.clock.Advance(kTooLongUs);
  EXPECT_EQ(UntilEnded(run.id).error_reason, "PLUGIN_TIMEOUT");
}

// Or a lane that blocks each time would cost one more thread each time.
TEST_F(EngineTest, StuckSteps_KeepTheirAccountsPlaces_AndNobodyElses) {
  MakeShop(4).Follow([this](const ShopCall& call) {
    if (call.account == "a") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  PutChannel("a", "de");
  Start({.max_steps_per_account = 2});
  gate_.AwaitArrivals(2);
  world_.clock.Advance(kTooLongUs);
  Until("both are fenced", [&] { return EventCount("lane.failed") == 2; });
  for (int i = 0; i < 3; ++i) {
    world_.clock.Advance(kHourUs);
    LetTheSchedulerPass();
  }
  EXPECT_EQ(shop_->CallCount("a"), 2);
  EXPECT_EQ(GenerationState(), "WEDGED");
  gate_.Open();
  Until("the account goes on", [&] { return shop_->CallCount("a") > 4; });
}

TEST_F(EngineTest, TheScheduler_Rests_WhileAStepIsStuck) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract == "order_sync/1") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  // No other step of the account may be under way when the clock jumps: it would pass its deadline, too.
  Start({.max_steps_per_account = 1});
  gate_.AwaitArrivals(1);
  world_.clock.Advance(kTooLongUs);
  UntilActivity("a.orders", LaneActivity::kBackoff);
  Until("the fence is told", [&] { return EventCount("lane.failed") == 1; });
  const int64_t waits = clock_.waits;
  Until("the scheduler waits", [&] { return clock_.waits > waits + 2; });
  const int64_t for_nothing = clock_.waits_for_nothing;
  Until("the scheduler waits on", [&] { return clock_.waits > waits + 22; });
  EXPECT_EQ(clock_.waits_for_nothing, for_nothing);
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

TEST_F(EngineTest, Stop_LetsARunningStepFinish_KeepsWhatItBrings_AndStartsNothingElse) {
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

TEST_F(EngineTest, Stop_DoesNotWaitForAStuckStep) {
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

TEST_F(EngineTest, Stop_StoresWhatIsLeftOfTheAllowance_AndTheNextStartTakesItUp) {
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

TEST_F(EngineTest, Stop_WithACallThatMayStillBeSent_DoesNotClaimToKnowTheAllowance) {
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

TEST_F(EngineTest, AStepOfADeletedAccount_ChangesNothing_AndLeavesNoTrace) {
  MakeShop(1).Follow([this](const ShopCall& call) {
    if (call.account != "a") return shop_->Usual(call);
    gate_.Pass();
    return call.contract == "order_sync/1" ? OrdersPage(world_.now(), {"1"}) : shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start({.max_steps_per_account = 3});
  // One at the gate, two that wait for the only worker.
  gate_.AwaitArrivals(1);
  UntilActivity("a.uk.listings", LaneActivity::kRunning);
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.DeleteChannel("uk"));
    return tx.DeleteAccount("a");
  });
  engine_->AccountChanged("a");
  EXPECT_THAT(engine_->ListLanes({}).value(), IsEmpty());
  gate_.Open();
  LetTheSchedulerPass();
  EXPECT_FALSE(HasOrder("a", "1"));
  EXPECT_FALSE(Row("a.orders").has_value());
  // Of the same name, and with all its places.
  shop_->Follow({});
  AddShop("a", "uk");
  engine_->AccountChanged("a");
  UntilActivity("a.uk.listings", LaneActivity::kIdle);
  UntilActivity("a.orders", LaneActivity::kIdle);
  Until("its lanes ran", [&] { return Row("a.uk.listings").has_value() && Row("a.orders").has_value(); });
}

// A write that failed and was kept after all: the store is further than the engine thinks.
TEST_F(EngineTest, ALane_WhoseStoredPositionIsAnother_GoesOnFromThere) {
  MakeShop();
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> row, tx.FindLane("a.orders"));
    LaneRecord further = *row;
    further.epoch += 10;
    further.cursor.state = "further";
    return tx.CommitLane({further, row->cursor});
  });
  // The step that began at the old one is refused, which is nobody's failure, and done again within the same run.
  const RunRecord run = UntilEnded(AskForRun("a.orders").id);
  EXPECT_EQ(run.state, RunState::kSucceeded) << run.error;
  EXPECT_EQ(run.steps, 2);
  EXPECT_EQ(Row("a.orders")->failures, 0);
}

// What somebody wants while a step runs, or while steps fail, is not lost with the step's own copy of the lane.
TEST_F(EngineTest, AWishForAPass_OutlivesRunningAndFailingSteps_AndTheHost) {
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

TEST_F(EngineTest, TestAccount_ThatBlocks_EndsAtItsDeadline_AndItsWorkerIsReplaced) {
  MakeShop(1).Follow([this](const ShopCall& call) {
    if (call.method == "check") gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  UntilActivity("a.uk.listings", LaneActivity::kIdle);
  std::thread mover([this] {
    gate_.AwaitArrivals(1);
    world_.clock.Advance(kTooLongUs);
  });
  const absl::Status ended = engine_->TestAccount("a", kStepTimeoutUs).status();
  mover.join();
  EXPECT_TRUE(HasReason(ended, Reason::kPluginTimeout)) << ended;
  EXPECT_EQ(GenerationState(), "WEDGED");
  world_.clock.Advance(kOrdersIntervalUs);
  UntilPulled("a", 2);
}

TEST_F(EngineTest, WhileItDrains_NoStepBegins_AndThoseUnderWayAreWaitedFor) {
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

TEST_F(EngineTest, AStepThatIsStuck_KeepsNobodyFromBeingQuiet) {
  MakeShop().Follow([this](const ShopCall& call) {
    gate_.Pass();
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  engine_->SetDraining(true);
  world_.clock.Advance(kTooLongUs);
  EXPECT_TRUE(engine_->AwaitQuiet(60 * kSecondUs));
  for (const StepUnderWay& step : engine_->StepsUnderWay()) EXPECT_TRUE(step.stuck) << step.lane_id;
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

TEST_F(EngineTest, ACancelledRun_EndsAfterTheStepUnderWay_AndItsLaneWaitsForItsUsualTime) {
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

TEST_F(EngineTest, ACancelledRun_ThatHasNotBegun_DoesNotBegin) {
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

TEST_F(EngineTest, ACancelledRun_LeavesItsLaneTheIntervalThatPeopleSet) {
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

// The traces in which a shop's orders were asked for, in order. [plugin]
class TracesOfPulls {
 public:
  ShopAnswer Note(const ShopCall& call, ShopAnswer answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (call.contract == "order_sync/1") traces_.push_back(KeepTrace().value_or(TraceContext()));
    return answer;
  }
  TraceContext At(size_t pull) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return pull < traces_.size() ? traces_[pull] : TraceContext();
  }

 private:
  std::mutex mutex_;
  std::vector<TraceContext> traces_;
};

TEST_F(EngineTest, AStep_IsASpanOfWhoeverMadeItDue_OrOfAFreshTrace) {
  TracesOfPulls traces;
  MakeShop().Follow([&](const ShopCall& call) { return traces.Note(call, shop_->Usual(call)); });
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  RunRecord run;
  {
    const TraceScope scope(asked);
    run = UntilEnded(AskForRun("a.orders").id);
  }
  UntilPulled("a", 2);
  EXPECT_EQ(run.trace_id, TraceIdText(*asked));
  const auto found = world_.Read([&](ReadTx& tx) { return tx.ListRuns({.trace_id = TraceIdText(*asked)}); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().id, run.id);
  world_.clock.Advance(kOrdersIntervalUs);
  UntilPulled("a", 3);
  EXPECT_EQ(TraceIdText(traces.At(1)), TraceIdText(*asked));
  EXPECT_NE(traces.At(1).span_id, asked->span_id);
  EXPECT_NE(traces.At(0).trace_id_low, 0U);
  EXPECT_NE(TraceIdText(traces.At(0)), TraceIdText(traces.At(2)));
  EXPECT_NE(TraceIdText(traces.At(2)), TraceIdText(*asked)) << "who asked once did not ask for this one";
  StopEverything();
}

TEST_F(EngineTest, AStepAskedForDuringAnother_HasTheTraceOfWhoAsked) {
  TracesOfPulls traces;
  MakeShop().Follow([&](const ShopCall& call) {
    const ShopAnswer answer = traces.Note(call, shop_->Usual(call));
    if (call.contract == "order_sync/1") gate_.Pass();
    return answer;
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  RunRecord run;
  {
    const TraceScope scope(asked);
    run = AskForRun("a.orders");
  }
  gate_.Open();
  UntilEnded(run.id);
  EXPECT_NE(TraceIdText(traces.At(0)), TraceIdText(*asked));
  EXPECT_EQ(TraceIdText(traces.At(1)), TraceIdText(*asked));
  EXPECT_FALSE(traces.At(1).sampled);
  StopEverything();
}

TEST_F(EngineTest, AFailedStep_NamesItsTraceInItsEvent) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract != "order_sync/1") return shop_->Usual(call);
    return ShopAnswer{QS_OK, "\xff no protobuf"};
  });
  AddShop("a", "uk");
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  Start();
  Until("the first step failed", [&] { return EventCount("lane.failed") == 1; });
  {
    const TraceScope scope(asked);
    UntilEnded(AskForRun("a.orders").id);
  }
  const auto failures = world_.Read([](ReadTx& tx) { return tx.ListEvents({.type_prefixes = {"lane.failed"}}); });
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_NE(failures[0].attributes.at("trace_id"), TraceIdText(*asked));
  EXPECT_EQ(failures[1].attributes.at("trace_id"), TraceIdText(*asked));
  // A run nobody asked for is found by the trace that its failure names.
  const auto first =
      world_.Read([&](ReadTx& tx) { return tx.ListRuns({.trace_id = failures[0].attributes.at("trace_id")}); });
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first.front().state, RunState::kFailed);
}

TEST_F(EngineTest, ACallBesideTheLanes_IsOfItsCallersTrace) {
  std::mutex mutex;
  TraceContext seen;
  MakeShop().Follow([&](const ShopCall& call) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (call.method == "check") seen = KeepTrace().value_or(TraceContext());
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const TraceScope scope(asked);
  EXPECT_TRUE(engine_->TestAccount("a", kStepTimeoutUs).ok());
  StopEverything();
  EXPECT_EQ(seen, *asked);
}

}  // namespace
}  // namespace quayside
