// The scheduler thread, and the steps on the workers.
#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/listings/listing_pass.h"
#include "host/plugin/generation.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/cursor_restore.h"
#include "host/sync/account_reader.h"
#include "host/sync/backoff.h"
#include "host/sync/lane_id.h"
#include "host/sync/lane_schedule.h"
#include "host/sync/step.h"
#include "host/sync/stored_budgets.h"
#include "host/sync/threaded_engine.h"
#include "host/sync/watchdog.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kRunsKept = 50;

DurationUs UsualInterval(Job job) {
  switch (job) {
    case Job::kOrders:
      return 4 * kMinuteUs;
    case Job::kListings:
      return 6 * kHourUs;
    case Job::kInventory:
    case Job::kDespatch:
    case Job::kPostSale:
      return 10 * kMinuteUs;
    case Job::kCentreStock:
    case Job::kOutbound:
      return 15 * kMinuteUs;
    case Job::kReconcile:
    case Job::kCompleteness:
      return kHourUs;
  }
  return kHourUs;
}

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

absl::Status LaneIsDisabled() {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled, "the lane is disabled or gone");
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
  const std::lock_guard<std::mutex> reload(reload_mutex_);
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
  parts_.catalog.UseLanes(this);
  EndRuns(ended);
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
                                                               .trace = trace_ids_.ChildOf(*lane.trace)});

  lock.unlock();
  auto generation = parts_.catalog.Route(plugin_id, claimed.id);
  if (generation.ok()) {
    {
      const std::lock_guard<std::mutex> relock(mutex_);
      running->generation = *generation;
    }
    const auto step = std::make_shared<PendingStep>(*this, running, claimed);
    (void)(*generation)->Submit([this, step, plugin_id] { step->Begin(plugin_id); });
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
      DurationUs timeout = options_.step_timeout_us;
      const pb::Contract* contract = FindContract(running->generation->manifest(), ContractOf(claimed.job));
      if (contract != nullptr && contract->max_step_seconds() > 0) timeout = contract->max_step_seconds() * kSecondUs;
      running->worker = Generation::CurrentWorker();
      running->deadline_us = parts_.clock.Now() + timeout;
      mine = *running;
      changed_.notify_all();  // the watchdog has a new deadline
    }
  }
  if (!wanted) return Leave(running);
  const TraceScope scope(&mine.trace);
  StepReport report{.lane_id = claimed.id, .job = claimed.job};
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

void ThreadedEngine::Succeed(Lane& lane, const StepOutcome& outcome, TimeUs now) {
  // What people did while it ran: the step's own copy does not know.
  const bool paused = lane.record.paused;
  const std::string note = lane.record.pause_note;
  const TimeUs want_pass_us = lane.record.want_pass_us;
  const DurationUs interval_us = lane.record.interval_us;
  const BackfillRecord backfill = lane.record.backfill;
  lane.record = outcome.lane;
  if (backfill.edits != outcome.lane.backfill.edits) lane.record.backfill = backfill;
  lane.record.paused = paused;
  lane.record.pause_note = note;
  lane.record.interval_us = interval_us;
  lane.record.want_pass_us = FulfilsWish(outcome.lane.pass, want_pass_us) ? 0 : want_pass_us;
  lane.run->items += outcome.items;
  lane.run->bad_records += outcome.bad_records;
  if (outcome.more || lane.again) {
    lane.due_us = now;
  } else {
    lane.due_us = NextLookUs(outcome.next_run_us, interval_us, UsualInterval(lane.record.job), now);
  }
  lane.record.next_run_us = lane.due_us == kNever ? 0 : lane.due_us;
}

bool ThreadedEngine::Fail(Lane& lane, const absl::Status& status, TimeUs now) {
  const TimeUs retry_at = RetryTimeOf(status);
  // Used-up allowance is the normal pace of a marketplace, not a failure.
  if (HasReason(status, Reason::kRateLimited) && retry_at > 0) {
    lane.due_us = std::max(retry_at, now + kMillisecondUs);
    lane.record.next_run_us = lane.due_us;
    return false;
  }
  ++lane.record.failures;
  lane.record.last_error = std::string(status.message());
  lane.record.last_error_reason = ReasonOf(status);
  lane.record.needs_operator = status.code() == absl::StatusCode::kUnauthenticated;
  lane.due_us = std::max(retry_at, now + Backoff(lane.record.failures, parts_.rng));
  lane.record.next_run_us = lane.due_us;
  parts_.logger.Warning("a step failed", {Field("lane", lane.record.id), Field("failures", lane.record.failures),
                                          Field("error", status)});
  return true;
}

std::optional<RunRecord> ThreadedEngine::EndRun(Lane& lane, const absl::Status& status, TimeUs now) {
  RunRecord run = *std::move(lane.run);
  run.ended_us = now;
  run.state = status.ok() ? RunState::kSucceeded : RunState::kFailed;
  run.error = std::string(status.message());
  run.error_reason = ReasonOf(status);
  lane.record.items_last_run = run.items;
  lane.run.reset();
  lane.trace.reset();
  const bool tells = std::exchange(lane.run_requested, false) || run.items > 0 || run.bad_records > 0 || !status.ok();
  return tells ? std::optional(std::move(run)) : std::nullopt;
}

void ThreadedEngine::WaitForUsualTime(Lane& lane, TimeUs now) {
  if (lane.due_us > now) return;
  lane.due_us = NextLookUs(0, lane.record.interval_us, UsualInterval(lane.record.job), now);
  lane.record.next_run_us = lane.due_us;
}

// The lane after its step; nullopt when the lane is not this claim's any more. Takes the lock.
std::optional<ThreadedEngine::Ending> ThreadedEngine::TakeOver(Running& running, const StepOutcome& outcome,
                                                               const std::optional<LaneRecord>& stored) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // It is over: however long it takes to write that down, the plugin is not late.
  running.deadline_us = kNever;
  const std::shared_ptr<Claim>& claim = running.claim;
  Lane* lane = lanes_.Find(claim->lane_id);
  if (lane == nullptr || lane->claim != claim) return std::nullopt;
  lane->claim = nullptr;
  const TimeUs now = parts_.clock.Now();
  ++lane->run->steps;
  Ending ending;
  if (outcome.status.ok()) {
    Succeed(*lane, outcome, now);
    if (lane->due_us > now) {
      ending.run = EndRun(*lane, outcome.status, now);
    } else if (!lane->enabled) {
      ending.run = EndRun(*lane, LaneIsDisabled(), now);
    }
  } else {
    // What it committed before it failed stands.
    lane->record.pass = outcome.lane.pass;
    lane->record.progress = outcome.lane.progress;
    lane->record.items_total = std::max(lane->record.items_total, outcome.lane.items_total);
    lane->run->items += outcome.items;
    lane->run->bad_records += outcome.bad_records;
    if (stored.has_value()) {
      lane->record.cursor = stored->cursor;
      lane->record.pass = stored->pass;
      lane->record.backfill = stored->backfill;
      last_epoch_ = std::max(last_epoch_, stored->epoch);
    }
    lane->record.epoch = std::max(claim->epoch, lane->record.epoch);
    // Refused because the position was set meanwhile (a version was taken back): nobody's failure, and to be done
    // again.
    if (stored.has_value() && !(stored->cursor == outcome.lane.cursor)) {
      lane->due_us = now;
      lane->record.next_run_us = now;
    } else {
      ending.failed = Fail(*lane, outcome.status, now);
      if (ending.failed) ending.run = EndRun(*lane, outcome.status, now);
    }
  }
  if (std::exchange(lane->run_cancelled, false)) {
    if (lane->run.has_value()) ending.run = EndRun(*lane, absl::OkStatus(), now);
    lane->trigger.reset();
    WaitForUsualTime(*lane, now);
  }
  ending.lane = lane->record;
  lanes_.Requeue(*lane);
  return ending;
}

bool ThreadedEngine::Finish(RunningList::iterator running, const StepOutcome& outcome) {
  // What it changed for other lanes is of its trace, and one that never came to run ends in its own.
  const TraceContext trace = running->trace;
  const TraceScope scope(&trace);
  const std::shared_ptr<Claim> claim = running->claim;
  // Fenced, although the claim may be the lane's: then the store knows more than this engine (a write that failed and
  // was kept after all), and the next step begins from there.
  std::optional<LaneRecord> stored;
  if (HasReason(outcome.status, Reason::kLaneFenced)) stored = StoredLane(claim->lane_id);
  const std::optional<Ending> ending = TakeOver(*running, outcome, stored);
  const bool ours = ending.has_value();
  if (ours) {
    Persist(*ending);
  } else {
    // A newer claim owns the lane, and the store refuses whatever this step tries to commit since.
    parts_.logger.Warning("a fenced step came back and was dropped", {Field("lane", claim->lane_id)});
  }
  // Also of a fenced one: what it committed before counts, and nobody else would tell the lanes that follow from it.
  if (!outcome.accounts_with_changed_targets.empty()) TargetsChanged(outcome.accounts_with_changed_targets);
  for (const std::string& account : outcome.accounts_with_despatches) DespatchesChanged(account);
  Leave(running);
  return ours;
}

void ThreadedEngine::Leave(RunningList::iterator running) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lanes_.ReleaseAccount(running->account_id);
  running_.erase(running);
  changed_.notify_all();
}

void ThreadedEngine::Persist(const Ending& ending) {
  if (!ending.failed && !ending.run.has_value()) return;
  FailPoint("lane-before-ending");
  const absl::Status written = parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(ending.lane.id));
    if (ending.failed) {
      LaneRecord row = ending.lane;
      if (stored.has_value()) {
        row.paused = stored->paused;
        row.pause_note = stored->pause_note;
        row.want_pass_us = stored->want_pass_us;
        row.interval_us = stored->interval_us;
        row.pass = stored->pass;
        row.progress = stored->progress;
        row.backfill = stored->backfill;
      }
      // A newer claim that has committed since knows better how the lane is. That this step failed is told even so.
      if (!stored.has_value() || stored->epoch <= row.epoch) QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
      QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                         parts_.clock.Now(),
                                         row.needs_operator ? "lane.needs_operator" : "lane.failed",
                                         LaneName(row.id),
                                         {{"reason", row.last_error_reason}, {"failures", Concat(row.failures)}}})
                             .status());
    }
    if (ending.run.has_value()) {
      RunRecord run = *ending.run;
      // It stays what whoever cancelled it was told, however its last step ended.
      const absl::StatusOr<RunRecord> told = tx.GetRun(run.id);
      if (told.ok() && told->state == RunState::kCancelled) run.state = RunState::kCancelled;
      QS_RETURN_IF_ERROR(tx.PutRun(run));
      QS_RETURN_IF_ERROR(tx.TrimRuns(ending.lane.id, kRunsKept));
    }
    return absl::OkStatus();
  });
  FailPoint("lane-after-ending");
  // The state stays in memory and is written with the next change; only its history is lost when the host dies before.
  if (!written.ok())
    parts_.logger.Error("a lane's state could not be stored", {Field("lane", ending.lane.id), Field("error", written)});
}

void ThreadedEngine::EndRuns(const std::vector<RunRecord>& runs) {
  if (runs.empty()) return;
  FailPoint("end-runs-before-commit");
  const absl::Status written = parts_.store.Write([&](Tx& tx) -> absl::Status {
    for (RunRecord run : runs) {
      run.state = RunState::kFailed;
      run.ended_us = parts_.clock.Now();
      run.error = std::string(LaneIsDisabled().message());
      run.error_reason = ReasonOf(LaneIsDisabled());
      QS_RETURN_IF_ERROR(tx.PutRun(run));
    }
    return absl::OkStatus();
  });
  if (!written.ok()) parts_.logger.Error("the end of a run could not be stored", {Field("error", written)});
}

std::optional<LaneRecord> ThreadedEngine::StoredLane(const std::string& lane_id) {
  std::optional<LaneRecord> stored;
  const absl::Status read = parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(stored, tx.FindLane(lane_id));
    return absl::OkStatus();
  });
  if (!read.ok()) parts_.logger.Error("a lane could not be read", {Field("lane", lane_id), Field("error", read)});
  return stored;
}

std::unique_ptr<Engine> MakeEngine(EngineParts parts, EngineOptions options) {
  return std::make_unique<ThreadedEngine>(parts, options);
}

}  // namespace quayside
