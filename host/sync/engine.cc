// The scheduler thread, and the steps on the workers. What becomes of a lane when its step ends: engine_endings.cc.
#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/plugin/generation.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/job_contract.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/sync/account_reader.h"
#include "host/sync/step.h"
#include "host/sync/step_limit.h"
#include "host/sync/stored_budgets.h"
#include "host/sync/threaded_engine.h"
#include "host/sync/watchdog.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

StepOutcome RunStep(Job job, const StepInputs& in) {
  switch (job) {
    case Job::kOrders:
      return RunOrderStep(in);
    case Job::kListings:
      return RunListingStep(in);
    case Job::kInventory:
      return RunQuantityStep(in);
    case Job::kDespatch:
      return RunDespatchStep(in);
    case Job::kPostSale:
      return RunPostSaleStep(in);
    case Job::kCentreStock:
      return RunCentreStockStep(in);
    case Job::kOutbound:
      return RunOutboundStep(in);
    case Job::kReconcile:
      return RunReconcileStep(in);
    case Job::kCompleteness:
      return RunCompletenessStep(in);
  }
  return {};
}

class GenerationCaller final : public PluginCaller {
 public:
  GenerationCaller(Generation& generation, const pb::InstanceConfig& config, TimeUs deadline_us,
                   std::function<bool()> stop, std::string lane_id)
      : generation_(generation),
        instance_(config),
        deadline_us_(deadline_us),
        stop_(std::move(stop)),
        lane_id_(std::move(lane_id)) {}
  absl::StatusOr<std::string> Call(const char* contract, const char* method, const std::string& request) override {
    ++calls_;
    return generation_.Call(instance_, {contract, method, deadline_us_, stop_, lane_id_}, request);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char* contract, const std::string& cursor) override {
    return generation_.UpgradeCursor(contract, cursor);
  }
  [[nodiscard]] int calls() const { return calls_; }

 private:
  Generation& generation_;
  const InstanceKey instance_;
  int calls_ = 0;
  const TimeUs deadline_us_;
  const std::function<bool()> stop_;
  const std::string lane_id_;
};

}  // namespace

absl::Status ThreadedEngine::Start() {
  std::unique_lock<std::mutex> reload(reload_mutex_);
  QS_RETURN_IF_ERROR(TakeUpBudgets(parts_.store, parts_.budgets));
  std::vector<AccountLanes> accounts;
  std::vector<RunRecord> open_runs;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(accounts, ReadAllLanes(tx, parts_.catalog, parts_.budgets, Comparing()));
    QS_ASSIGN_OR_RETURN(open_runs, tx.ListOpenRuns(""));
    return absl::OkStatus();
  }));
  std::vector<RunRecord> ended;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (AccountLanes& account : accounts) {
      for (Lane& lane : account.lanes) {
        last_epoch_ = std::max(last_epoch_, lane.record.epoch);
        lanes_.Upsert(std::move(lane));
      }
      TellIndex(account.account_id);
    }
    for (const RunRecord& run : open_runs) {
      Lane* lane = lanes_.Find(run.lane_id);
      if (lane == nullptr || !lane->enabled) {
        ended.push_back(run);
        continue;
      }
      Adopt(*lane, run);
      lanes_.MakeDue(*lane, parts_.clock.Now());
    }
    started_ = true;
    scheduler_ = std::thread([this] { SchedulerLoop(); });
  }
  keeper_.Start();
  EndRuns(ended);
  // Who tells of a plugin's change keeps the lanes linked meanwhile, and waits for that mutex.
  reload.unlock();
  parts_.catalog.UseLanes(this);
  return absl::OkStatus();
}

void ThreadedEngine::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!started_) return;
  }
  parts_.catalog.UseLanes(nullptr);
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!started_) return;
    stopping_ = true;
    changed_.notify_all();
    // Steps under way may finish; what is queued on workers gives up at once (see Execute).
    changed_.wait_for(lock, std::chrono::microseconds(options_.drain_timeout_us), [&] {
      return std::all_of(running_.begin(), running_.end(), [](const Running& running) { return running.stuck; });
    });
    for (Running& running : running_) running.claim->fenced = true;
    started_ = false;
  }
  keeper_.Stop();
  if (scheduler_.joinable()) scheduler_.join();
  LayDownBudgetsIfAllIsCounted();
}

// A call that may still be sent would not be counted: then the next start must not trust what is stored.
void ThreadedEngine::LayDownBudgetsIfAllIsCounted() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!running_.empty() || calls_.under_way() > 0) return;
  }
  if (const absl::Status stored = LayDownBudgets(parts_.store, parts_.budgets); !stored.ok()) {
    parts_.logger.Warning("what is left of the rate budgets could not be stored; the next start begins without",
                          {Field("error", stored)});
  }
}

void ThreadedEngine::SchedulerLoop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    const TimeUs now = parts_.clock.Now();
    while (!draining_) {
      Lane* lane = lanes_.PopDue(now, options_.max_steps_per_account);
      if (lane == nullptr) break;
      Dispatch(lock, *lane);
    }
    FenceOverdue(lock);
    if (stopping_) break;
    TimeUs wake = parts_.clock.Now() + kHourUs;
    if (!draining_) wake = std::min(wake, lanes_.NextDue());
    for (const Running& running : running_) {
      if (running.deadline_us != kNever && !running.stuck)
        wake = std::min(wake, running.deadline_us + FenceGrace(parts_.clock));
    }
    parts_.clock.WaitUntil(lock, changed_, wake);
  }
}

// A step that waits for a worker. Lives as long as its task: one that is dropped without being run, or never taken,
// ends like a step all the same.
class ThreadedEngine::PendingStep {
 public:
  PendingStep(ThreadedEngine& engine, RunningList::iterator running, LaneRecord claimed)
      : engine_(engine), running_(running), claimed_(std::move(claimed)) {}
  ~PendingStep() {
    if (begun_) return;
    engine_.Finish(running_, {.status = MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown,
                                                  "the plugin is being closed"),
                              .lane = claimed_});
  }
  PendingStep(const PendingStep&) = delete;
  PendingStep& operator=(const PendingStep&) = delete;

  // [worker]
  void Begin(const std::string& plugin_id) {
    begun_ = true;
    engine_.Execute(running_, claimed_, plugin_id);
  }

 private:
  ThreadedEngine& engine_;
  const RunningList::iterator running_;
  const LaneRecord claimed_;
  bool begun_ = false;
};

// Claims the lane and hands it to the plugin's workers. Needs the lock; gives it up meanwhile.
void ThreadedEngine::Dispatch(std::unique_lock<std::mutex>& lock, Lane& lane) {
  lane.claim = std::make_shared<Claim>();
  lane.claim->lane_id = lane.record.id;
  lane.claim->epoch = ++last_epoch_;
  lane.again = false;
  if (!lane.run.has_value()) lane.run = RunRecord{.id = parts_.ids.Next(), .lane_id = lane.record.id};
  if (lane.run->state != RunState::kRunning) {
    lane.run->state = RunState::kRunning;
    lane.run->started_us = parts_.clock.Now();
  }
  if (lane.trigger.has_value()) lane.trace = std::exchange(lane.trigger, std::nullopt);
  if (!lane.trace.has_value()) lane.trace = trace_ids_.Fresh();
  if (lane.run->trace_id.empty()) lane.run->trace_id = TraceIdText(*lane.trace);
  LaneRecord claimed = lane.record;
  claimed.epoch = lane.claim->epoch;
  const std::string plugin_id = lane.plugin_id;
  const auto running = running_.insert(running_.end(), Running{.claim = lane.claim,
                                                               .account_id = claimed.account_id,
                                                               .plugin_id = plugin_id,
                                                               .job = claimed.job,
                                                               .claimed_us = parts_.clock.Now(),
                                                               .trace = trace_ids_.ChildOf(*lane.trace),
                                                               .tried_again = lane.tried_again});

  lock.unlock();
  auto generation = parts_.catalog.Route(plugin_id, claimed.id);
  if (generation.ok()) {
    {
      const std::lock_guard<std::mutex> relock(mutex_);
      running->generation = *generation;
    }
    const auto step = std::make_shared<PendingStep>(*this, running, claimed);
    (void)(*generation)->Submit([step, plugin_id] { step->Begin(plugin_id); });
  } else {
    Finish(running, {.status = generation.status(), .lane = claimed});
  }
  lock.lock();
}

void ThreadedEngine::Execute(RunningList::iterator running, const LaneRecord& claimed, const std::string& plugin_id) {
  Running mine;
  bool wanted = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    wanted = !stopping_ && !running->claim->fenced;
    if (wanted) {
      const pb::Contract* contract = FindContract(running->generation->manifest(), ContractOf(claimed.job));
      running->worker = Generation::CurrentWorker();
      running->deadline_us = parts_.clock.Now() + StepLimit(contract, options_.step_timeout_us, parts_.clock);
      mine = *running;
      changed_.notify_all();  // the watchdog has a new deadline
    }
  }
  if (!wanted) return Leave(running);
  const TraceScope scope(&mine.trace);
  StepReport report{.lane_id = claimed.id, .job = claimed.job, .failed_before = mine.tried_again};
  const auto begun = std::chrono::steady_clock::now();
  absl::StatusOr<StepOutcome> outcome = Attempt(mine, claimed, report.plugin_calls);
  if (!outcome.ok()) outcome = StepOutcome{.status = AddContext(outcome.status(), plugin_id), .lane = claimed};
  report.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
  report.status = outcome->status;
  report.items = outcome->items;
  report.bad_records = outcome->bad_records;
  if (parts_.logger.Writes(LogLevel::kDebug)) {
    parts_.logger.Debug("a step ended", {Field("lane", claimed.id), Field("plugin_calls", report.plugin_calls),
                                         Field("items", report.items), Field("bad_records", report.bad_records),
                                         Field("took_us", report.duration_us), Field("outcome", report.status)});
  }
  PluginCatalog& catalog = parts_.catalog;  // after Finish the engine may be gone
  // A step that was taken away has been told of by whoever took it.
  if (Finish(running, *outcome)) catalog.StepEnded(*mine.generation, report);
}

absl::StatusOr<StepOutcome> ThreadedEngine::Attempt(const Running& running, const LaneRecord& claimed, int& calls) {
  pb::InstanceConfig config;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(config, ReadInstanceConfig(tx, running.generation->manifest(), claimed.account_id));
    return absl::OkStatus();
  }));
  const std::shared_ptr<Claim> claim = running.claim;
  const TimeUs deadline = running.deadline_us;
  const auto stop = [this, claim, deadline] { return claim->fenced.load() || parts_.clock.Now() > deadline; };
  GenerationCaller caller(*running.generation, config, deadline, stop, claimed.id);
  QS_ASSIGN_OR_RETURN(const LaneRecord lane, WithReadableCursor(parts_.store, running.generation->manifest(), claimed));
  absl::StatusOr<StepOutcome> outcome = RunStep(
      claimed.job, StepInputs{.lane = lane,
                              .manifest = running.generation->manifest(),
                              .plugin = caller,
                              .store = parts_.store,
                              .clock = parts_.clock,
                              .rng = parts_.rng,
                              .ids = parts_.ids,
                              .logger = parts_.logger,
                              .budgets = parts_.budgets,
                              .cipher = parts_.cipher,
                              .brings_orders = [this](const std::string& account) { return BringsOrders(account); },
                              .index = &keeper_.index(),
                              .index_settled = [this] { return keeper_.settled(); },
                              .document_from = options_.document_from,
                              .history_us = options_.history_us,
                              .submissions_us = options_.submissions_us,
                              .reconcile_us = options_.reconcile_us,
                              .completeness_us = options_.completeness_us});
  calls = caller.calls();
  return outcome;
}

std::unique_ptr<Engine> MakeEngine(EngineParts parts, EngineOptions options) {
  return std::make_unique<ThreadedEngine>(parts, options);
}

}  // namespace quayside
