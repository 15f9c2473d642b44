// The engine with a scripted plugin, a real store and real threads, on a clock that stands still until it is moved.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/inventory/testing/store_world.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/store/notifying_store.h"
#include "host/sync/engine.h"
#include "host/sync/lane_control.h"
#include "host/sync/testing/scripted_shop.h"

namespace quayside {

inline constexpr DurationUs kStepTimeoutUs = kMinuteUs;
// Past a step's deadline and the watchdog's grace.
inline constexpr DurationUs kTooLongUs = kStepTimeoutUs + 3 * kSecondUs;
inline constexpr DurationUs kOrdersIntervalUs = 4 * kMinuteUs;

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

class EngineFixture : public ::testing::Test {
 protected:
  ~EngineFixture() override { StopEverything(); }

  void StopEverything() {
    gate_.Open();
    if (engine_ != nullptr) engine_->Stop();
    if (shop_ != nullptr) shop_->Stop();
    engine_.reset();
  }

  ScriptedShop& MakeShop(int workers = 4, const std::vector<std::string>& other_contracts = {}) {
    shop_ = std::make_unique<ScriptedShop>(clock_, *logger_, workers, other_contracts);
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

  // Account "a" with channel "uk": the first step of its orders is with the shop, and waits at the gate.
  void StartWithAStepUnderWay() {
    MakeShop().Follow([this](const ShopCall& call) {
      if (call.contract == "order_sync/1") gate_.Pass();
      return shop_->Usual(call);
    });
    AddShop("a", "uk");
    Start();
    gate_.AwaitArrivals(1);
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

}  // namespace quayside
