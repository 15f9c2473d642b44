// Each fail point that only a stuck step, a disabled lane or a quantity polled by item reaches is hit once: a host (a
// child process) dies there by SIGKILL, and another one goes on with the same store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/plugin/folder_for_tests.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/store/sqlite_store.h"
#include "host/sync/engine.h"
#include "host/sync/lane_control.h"
#include "host/sync/step.h"
#include "host/sync/testing/scripted_shop.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr TimeUs kBegin = 1'767'225'600 * kSecondUs;
constexpr DurationUs kStepTimeoutUs = kMinuteUs;
constexpr DurationUs kTooLongUs = kStepTimeoutUs + 3 * kSecondUs;
constexpr int kQuantity = 7;

class NoTokens final : public Tokens {
 public:
  absl::StatusOr<std::string> Get(const std::string&, const pb::Credential&, const std::string&,
                                  const std::function<bool()>&) override {
    return absl::UnimplementedError("the shop needs none");
  }
  void Invalidate(const std::string&, const std::string&, const std::string&) override {}
  void Forget(const std::string&) override {}
};

// One process' worth of host: an engine with its plugin over the store in the folder.
class Host {
 public:
  Host(const std::string& folder, TimeUs now) : clock_(now) {
    auto opened = OpenSqliteStore({.data_dir = folder + "/data", .reader_connections = 1});
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    store_ = *std::move(opened);
    engine_ = MakeEngine({*store_, clock_, rng_, ids_, *logger_, shop_, budgets_, tokens_, cipher_},
                         {.step_timeout_us = kStepTimeoutUs});
  }
  ~Host() {
    gate.Open();
    engine_->Stop();
    shop_.Stop();
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status written = store_->Write(fn);
    if (!written.ok()) throw std::runtime_error(written.ToString());
  }
  template <typename Fn>
  auto Read(Fn fn) {
    decltype(fn(std::declval<ReadTx&>())) answer;
    const absl::Status read = store_->Read([&](ReadTx& tx) -> absl::Status {
      answer = fn(tx);
      return answer.status();
    });
    if (!read.ok()) throw std::runtime_error(read.ToString());
    return *std::move(answer);
  }
  // Where the script of this process is found changes from process to process.
  void PutAccount() {
    Write([&](Tx& tx) {
      return tx.PutAccount({.id = "a", .plugin_id = ScriptedShop::kPlugin, .options = shop_.options()});
    });
  }
  void PutChannel(bool enabled) {
    Write([&](Tx& tx) {
      return tx.PutChannel(
          {.id = "uk", .account_id = "a", .marketplace = "uk", .display_name = "uk", .enabled = enabled}, "test");
    });
  }
  void Stock() {
    Write([&](Tx& tx) -> absl::Status {
      const int64_t item = ids_.Next();
      QS_RETURN_IF_ERROR(tx.PutItem({.id = item, .sku = "MUG"}));
      QS_RETURN_IF_ERROR(tx.SetLevel(item, "default", kQuantity, kBegin));
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "uk",
                                        .account_id = "a",
                                        .sku = "MUG",
                                        .fulfilment = Fulfilment::kMerchant,
                                        .item_id = item,
                                        .seen_us = kBegin,
                                        .pass_id = "p"}));
      // Its first quantities have a person's word.
      QS_RETURN_IF_ERROR(tx.PutGate({.channel_id = "uk", .account_id = "a", .state = GateState::kOpen}));
      return tx.MarkTargetsOfItem(item, kBegin).status();
    });
  }
  void Start() {
    if (const absl::Status started = engine_->Start(); !started.ok()) throw std::runtime_error(started.ToString());
  }
  RunRecord AskForRun() {
    const auto lane = engine_->GetLane("a.orders");
    if (!lane.ok()) throw std::runtime_error(lane.status().ToString());
    RunRecord run;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(run, RequestRun(tx, ids_, clock_.Now(), *lane));
      return absl::OkStatus();
    });
    engine_->LaneChanged("a.orders");
    return run;
  }
  // One step of the inventory lane, an hour later.
  StepOutcome QuantityStep(PluginCaller& plugin) {
    clock_.Advance(kHourUs);
    const std::optional<LaneRecord> stored = Read([](ReadTx& tx) { return tx.FindLane("a.inventory"); });
    LaneRecord lane = stored.value_or(LaneRecord{.id = "a.inventory", .account_id = "a", .job = Job::kInventory});
    lane.epoch = 1;
    pb::Manifest manifest;
    manifest.add_contracts()->set_id("inventory_push/1");
    return RunQuantityStep({.lane = std::move(lane),
                            .manifest = manifest,
                            .plugin = plugin,
                            .store = *store_,
                            .clock = clock_,
                            .rng = rng_,
                            .ids = ids_,
                            .logger = *logger_,
                            .budgets = budgets_,
                            .cipher = cipher_,
                            .brings_orders = [](const std::string&) { return false; }});
  }
  // The engine's threads are real; its clock is moved until the fact is there, and stands still while a step runs.
  [[nodiscard]] bool Until(const std::function<bool()>& fact) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!fact()) {
      if (std::chrono::steady_clock::now() > patience) return false;
      if (!AnyRunning()) clock_.Advance(kSecondUs);
      std::this_thread::yield();
    }
    return true;
  }
  int64_t StoredEpoch() {
    const auto lane = Read([](ReadTx& tx) { return tx.FindLane("a.orders"); });
    return lane.has_value() ? lane->epoch : 0;
  }

  bool AnyRunning() {
    const auto lanes = engine_->ListLanes({.limit = 100});
    return lanes.ok() && std::any_of(lanes->begin(), lanes->end(),
                                     [](const LaneStatus& lane) { return lane.activity == LaneActivity::kRunning; });
  }

  ScriptedShop& shop() { return shop_; }
  Engine& engine() { return *engine_; }
  ManualClock& clock() { return clock_; }
  Gate gate;

 private:
  ManualClock clock_;
  SeededRng rng_{7};
  IdSource ids_{clock_, rng_};
  PlainCipher cipher_;
  NoTokens tokens_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  RateBudgets budgets_{clock_};
  ScriptedShop shop_{clock_, *logger_, 2};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
};

// Takes every quantity for later, and settles it when it is asked.
class LaterShop final : public PluginCaller {
 public:
  int pushes = 0;

  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& request) override {
    if (std::string_view(method) == "push") {
      ++pushes;
      return Push(request);
    }
    if (std::string_view(method) == "poll") return Poll(request);
    return absl::UnimplementedError(method);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no cursor");
  }

 private:
  static std::string Push(const std::string& bytes) {
    pb::PushRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    pb::PushReply reply;
    for (const pb::QuantityIntent& intent : request.intents()) {
      pb::Outcome* outcome = reply.add_outcomes();
      outcome->set_intent_id(intent.intent_id());
      outcome->mutable_accepted()->set_handle("receipt");
    }
    return reply.SerializeAsString();
  }
  static std::string Poll(const std::string& bytes) {
    pb::PollRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    pb::PollReply reply;
    for (const pb::AcceptedIntents& accepted : request.accepted()) {
      for (const pb::QuantityIntent& intent : accepted.intents()) {
        pb::Outcome* outcome = reply.add_outcomes();
        outcome->set_intent_id(intent.intent_id());
        outcome->mutable_done()->set_reference("done");
      }
    }
    return reply.SerializeAsString();
  }
};

class EngineKillTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Runs `life` in a process of its own, which has to die at the point.
  template <typename Life>
  void DieAt(const char* point, Life life) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(120);  // the point is never reached
      if (!ArmFailPoint(point).ok()) ::_exit(3);
      try {
        Host host(folder_.path(), kBegin);
        host.PutAccount();
        host.PutChannel(true);
        life(host);
      } catch (const std::exception& error) {
        ::fprintf(stderr, "%s\n", error.what());
        ::_exit(4);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the point was never reached: " << status;
  }

  TestFolder folder_;
};

using FencePoints = EngineKillTest;

TEST_P(FencePoints, KilledThere_TheLaneGoesOn_AndTheRunEnds) {
  DieAt(GetParam(), [](Host& host) {
    host.shop().Follow([&host](const ShopCall& call) {
      if (call.contract == "order_sync/1") host.gate.Pass();
      return host.shop().Usual(call);
    });
    host.Start();
    host.gate.AwaitArrivals(1);
    static_cast<void>(host.AskForRun());
    host.clock().Advance(kTooLongUs);
    ::pause();
  });

  Host host(folder_.path(), kBegin + kHourUs);
  const int64_t epoch = host.StoredEpoch();
  host.PutAccount();
  host.shop().Follow([&host](const ShopCall& call) {
    return call.contract == "order_sync/1" ? OrdersPage(host.clock().Now(), {"o-1"}) : host.shop().Usual(call);
  });
  host.Start();
  EXPECT_TRUE(host.Until([&] { return host.Read([](ReadTx& tx) { return tx.FindOrder("a", "o-1"); }).has_value(); }));
  EXPECT_GT(host.StoredEpoch(), epoch);
  EXPECT_TRUE(host.Until([&] {
    const auto runs = host.Read([](ReadTx& tx) { return tx.ListRuns({.lane_id = "a.orders", .limit = 10}); });
    return !runs.empty() &&
           std::all_of(runs.begin(), runs.end(), [](const RunRecord& run) { return run.ended_us != 0; });
  }));
}

INSTANTIATE_TEST_SUITE_P(EachPoint, FencePoints, ::testing::Values("fence-before-commit", "fence-after-commit"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

using OtherPoints = EngineKillTest;

TEST_F(OtherPoints, EndRunsBeforeCommit_TheRunOfADisabledLane_EndsAtTheNextStart) {
  DieAt("end-runs-before-commit", [](Host& host) {
    host.PutChannel(false);
    host.Write([](Tx& tx) {
      return tx.PutRun({.id = 1, .lane_id = "a.orders", .state = RunState::kQueued, .started_us = kBegin});
    });
    host.Start();
  });

  Host host(folder_.path(), kBegin + kHourUs);
  host.PutAccount();
  host.Start();
  const auto runs = [&] {
    return host.Read([](ReadTx& tx) { return tx.ListRuns({.lane_id = "a.orders", .limit = 10}); });
  };
  ASSERT_THAT(runs(), ::testing::SizeIs(1));
  EXPECT_TRUE(host.Until([&] { return runs().front().ended_us != 0; }));
  EXPECT_EQ(runs().front().error_reason, "LANE_DISABLED");
}

TEST_F(OtherPoints, PollBeforeCommit_AQuantityTakenForLater_IsAskedForAgain_AndNotSentAgain) {
  DieAt("poll-before-commit", [](Host& host) {
    host.Stock();
    LaterShop shop;
    for (int step = 0; step < 3; ++step) static_cast<void>(host.QuantityStep(shop));
  });

  Host host(folder_.path(), kBegin + kDayUs);
  LaterShop shop;
  EXPECT_TRUE(host.QuantityStep(shop).status.ok());
  const TargetRecord target = host.Read([](ReadTx& tx) { return tx.FindTarget("a", "MUG"); }).value();
  EXPECT_EQ(target.state, TargetState::kCurrent);
  EXPECT_EQ(target.accepted, kQuantity);
  EXPECT_EQ(shop.pushes, 0);
}

// What stands in this file is all of them.
TEST(EngineKillPoints, EveryPointOfTheseKinds_IsHit) {
  int points = 0;
  for (const std::string_view name : kFailPoints) {
    if (name.starts_with("fence-") || name.starts_with("end-runs-") || name.starts_with("poll-")) ++points;
  }
  EXPECT_EQ(points, 4);
}

}  // namespace
}  // namespace quayside
