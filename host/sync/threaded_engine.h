// The engine with its threads: engine.cc (the scheduler, steps), engine_endings.cc (what becomes of a lane when its
// step ends), engine_watchdog.cc (steps past their deadline), engine_retries.cc (lanes that failed under a version that
// works no more), engine_lanes.cc (lanes as the API and a reload see them, and what changes them).
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/base/trace_ids.h"
#include "host/base/trace_scope.h"
#include "host/plugin/generation.h"
#include "host/sync/account_reader.h"
#include "host/sync/engine.h"
#include "host/sync/index_keeper.h"
#include "host/sync/lane_table.h"
#include "host/sync/plugin_calls.h"
#include "host/sync/step.h"

namespace quayside {

class ThreadedEngine final : public Engine {
 public:
  ThreadedEngine(EngineParts parts, EngineOptions options)
      : parts_(parts),
        options_(options),
        trace_ids_(options.trace_seed),
        calls_(parts.clock),
        keeper_({.store = parts.store,
                 .clock = parts.clock,
                 .rng = parts.rng,
                 .logger = parts.logger,
                 .brings_orders = [this](const std::string& account) { return BringsOrders(account); },
                 .on_undecided = [this](const std::vector<std::string>& accounts) { TargetsChanged(accounts); }}) {}
  ~ThreadedEngine() override { Stop(); }

  absl::Status Start() override;
  void Stop() override;
  void SetDraining(bool draining) override;
  bool draining() override;
  bool AwaitQuiet(DurationUs patience_us) override;
  std::vector<StepUnderWay> StepsUnderWay() override;
  std::vector<LaneLoad> LanesOfPlugin(const std::string& plugin_id) override;
  void MakeLanesDue(const std::vector<std::string>& lane_ids) override;
  void CursorsRestored(const std::vector<std::string>& lane_ids) override;
  void PluginChanged(const std::string& plugin_id) override;
  void TryAgain(const std::string& plugin_id, int64_t works) override;
  absl::StatusOr<std::vector<LaneStatus>> ListLanes(const LaneQuery& query) override;
  std::vector<LaneStatus> LanesOfChannels(const std::vector<ChannelRecord>& channels) override;
  absl::StatusOr<LaneStatus> GetLane(const std::string& lane_id) override;
  void LaneChanged(const std::string& lane_id) override;
  void RunCancelled(const RunRecord& run) override;
  void AccountChanged(const std::string& account_id) override;
  void TargetsChanged(const std::vector<std::string>& account_ids) override;
  void DespatchesChanged(const std::string& account_id) override { WorkChanged(account_id, Job::kDespatch); }
  void PostSalesChanged(const std::string& account_id) override { WorkChanged(account_id, Job::kPostSale); }
  void OutboundsChanged(const std::string& account_id) override { WorkChanged(account_id, Job::kOutbound); }
  int64_t CountUndecided(const std::string& account_id) override {
    const int64_t undecided = keeper_.index().CountUndecided(account_id);
    return keeper_.settled() ? undecided : std::max<int64_t>(undecided, 1);
  }
  absl::StatusOr<quayside::plugin::v1::CheckReply> TestAccount(const std::string& account_id,
                                                               DurationUs timeout_us) override;
  absl::StatusOr<quayside::plugin::v1::GetOrdersReply> GetOrders(const std::string& account_id,
                                                                 const quayside::plugin::v1::GetOrdersRequest& request,
                                                                 DurationUs timeout_us) override;
  absl::Status ValidateAccount(const AccountRecord& account) override;

 private:
  // The account's lane of the job has something to do.
  void WorkChanged(const std::string& account_id, Job job);

  // A step on a worker, as the watchdog sees it.
  struct Running {
    std::shared_ptr<Claim> claim;
    std::string account_id;
    std::string plugin_id;
    Job job = Job::kOrders;
    TimeUs claimed_us = 0;
    TraceContext trace;  // its span
    std::shared_ptr<Generation> generation;
    std::shared_ptr<Generation::Worker> worker;  // once it runs
    TimeUs deadline_us = kNever;                 // once it runs
    bool tried_again = false;                    // Lane::tried_again
    // Its worker was given up. It keeps its account's place until it comes back, which bounds the threads that one
    // account can cost.
    bool stuck = false;
  };
  using RunningList = std::list<Running>;
  // Of its generation; 0: it was not handed to one.
  static int64_t NumberOf(const Running& running) {
    return running.generation == nullptr ? 0 : running.generation->number();
  }

  class PendingStep;

  void SchedulerLoop();
  void Dispatch(std::unique_lock<std::mutex>& lock, Lane& lane);
  void Execute(RunningList::iterator running, const LaneRecord& claimed, const std::string& plugin_id);
  // `calls`: how often the plugin was called.
  absl::StatusOr<StepOutcome> Attempt(const Running& running, const LaneRecord& claimed, int& calls);
  // False: the lane was not this step's any more.
  bool Finish(RunningList::iterator running, const StepOutcome& outcome);
  void LayDownBudgetsIfAllIsCounted();
  // The step's last touch of the engine.
  void Leave(RunningList::iterator running);
  // What is to be written after a step.
  struct Ending {
    LaneRecord lane;
    bool failed = false;
    std::optional<RunRecord> run;
  };
  std::optional<Ending> TakeOver(Running& running, const StepOutcome& outcome, const std::optional<LaneRecord>& stored);
  void Succeed(Lane& lane, const StepOutcome& outcome, TimeUs now);
  // False: it only has to wait its turn.
  bool Fail(Lane& lane, const absl::Status& status, TimeUs now);
  // What of the run is to be stored, if anything.
  static std::optional<RunRecord> EndRun(Lane& lane, const absl::Status& status, TimeUs now);
  // Of a lane whose run somebody cancelled.
  static void WaitForUsualTime(Lane& lane, TimeUs now);
  // Runs of lanes that are gone, or that nobody will run for now.
  void EndRuns(const std::vector<RunRecord>& runs);
  void Persist(const Ending& ending);
  void FenceOverdue(std::unique_lock<std::mutex>& lock);
  void Fence(std::unique_lock<std::mutex>& lock, const Running& overdue);
  std::optional<LaneRecord> StoredLane(const std::string& lane_id);
  // The lane works for this run of the store from now on.
  static void Adopt(Lane& lane, const RunRecord& run);
  // Replaces the account's lanes by what the store says now.
  absl::Status Reload(const std::string& account_id);
  LaneStatus StatusOf(const Lane& lane) const;
  absl::Status CountDeadLetters(std::vector<LaneStatus>& lanes);
  bool BringsOrders(const std::string& account_id);
  [[nodiscard]] ComparingJobs Comparing() const {
    return {
        .now = parts_.clock.Now(), .reconcile_us = options_.reconcile_us, .completeness_us = options_.completeness_us};
  }
  // What the index of quantities needs to know of the lanes. Needs the lock.
  void TellIndex(const std::string& account_id);

  const EngineParts parts_;
  const EngineOptions options_;
  TraceIds trace_ids_;
  PluginCalls calls_;
  IndexKeeper keeper_;
  // Who reads the store to change the lanes holds it from the read to the change, so that no older state comes after a
  // newer one. Taken before mutex_.
  std::mutex reload_mutex_;
  std::mutex mutex_;  // never held while the store is written: the step callbacks take it
  std::condition_variable changed_;
  LaneTable lanes_;
  RunningList running_;
  int64_t last_epoch_ = 0;
  bool stopping_ = false;
  bool draining_ = false;
  bool started_ = false;
  std::thread scheduler_;
};

}  // namespace quayside
