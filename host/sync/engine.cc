// The scheduler thread, the steps on the workers, and the watchdog over them.
#include "host/sync/engine.h"

#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/plugin/generation.h"
#include "host/plugin/manifest.h"
#include "host/sync/account_reader.h"
#include "host/sync/backoff.h"
#include "host/sync/lane_id.h"
#include "host/sync/lane_table.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kRunsKept = 50;
// A step is told to stop at its deadline and taken away this much later.
constexpr DurationUs kFenceGraceUs = 2 * kSecondUs;
constexpr DurationUs kValidateTimeoutUs = 10 * kSecondUs;

DurationUs UsualInterval(Job job) {
  switch (job) {
    case Job::kOrders:
      return 4 * kMinuteUs;
    case Job::kListings:
      return 6 * kHourUs;
    case Job::kInventory:
      return 10 * kMinuteUs;
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
  }
  return {};
}

TimeUs RetryTimeOf(const absl::Status& status) {
  const ErrorMetadata metadata = MetadataOf(status);
  const auto at = metadata.find("retry_at_us");
  int64_t time = 0;
  return at != metadata.end() && absl::SimpleAtoi(at->second, &time) ? time : 0;
}

class GenerationCaller final : public PluginCaller {
 public:
  GenerationCaller(Generation& generation, pb::InstanceConfig config, TimeUs deadline_us, std::function<bool()> stop)
      : generation_(generation), config_(std::move(config)), deadline_us_(deadline_us), stop_(std::move(stop)) {}
  absl::StatusOr<std::string> Call(const char* contract, const char* method, const std::string& request) override {
    return generation_.Call(config_, {contract, method, deadline_us_, stop_}, request);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char* contract, const std::string& cursor) override {
    return generation_.UpgradeCursor(contract, cursor);
  }

 private:
  Generation& generation_;
  const pb::InstanceConfig config_;
  const TimeUs deadline_us_;
  const std::function<bool()> stop_;
};

class ThreadedEngine final : public Engine {
 public:
  ThreadedEngine(EngineParts parts, EngineOptions options) : parts_(parts), options_(options) {}
  ~ThreadedEngine() override { Stop(); }

  absl::Status Start() override;
  void Stop() override;
  absl::StatusOr<std::vector<LaneStatus>> ListLanes(const LaneQuery& query) override;
  std::vector<LaneStatus> LanesOfChannels(const std::vector<ChannelRecord>& channels) override;
  absl::StatusOr<LaneStatus> GetLane(const std::string& lane_id) override;
  absl::StatusOr<RunRecord> StartSync(const std::string& lane_id) override;
  absl::StatusOr<LaneStatus> PauseLane(const std::string& lane_id, const std::string& note) override;
  absl::StatusOr<LaneStatus> ResumeLane(const std::string& lane_id) override;
  void AccountChanged(const std::string& account_id) override;
  void TargetsChanged(const std::vector<std::string>& account_ids) override;
  absl::StatusOr<pb::CheckReply> TestAccount(const std::string& account_id, DurationUs timeout_us) override;
  absl::Status ValidateAccount(const AccountRecord& account) override;

 private:
  // A step on a worker, as the watchdog sees it.
  struct Running {
    std::shared_ptr<Claim> claim;
    std::shared_ptr<Generation> generation;
    std::shared_ptr<Generation::Worker> worker;  // once it runs
    TimeUs deadline_us = kNever;                 // once it runs
  };
  using RunningList = std::list<Running>;

  void SchedulerLoop();
  void Dispatch(std::unique_lock<std::mutex>& lock, Lane& lane);
  void Execute(RunningList::iterator running, LaneRecord claimed, const std::string& plugin_id);
  absl::StatusOr<StepOutcome> Attempt(const Running& running, const LaneRecord& claimed);
  void Finish(RunningList::iterator running, StepOutcome outcome);
  void Succeed(Lane& lane, const StepOutcome& outcome, TimeUs now);
  void Fail(Lane& lane, const absl::Status& status, TimeUs now);
  void FenceOverdue(std::unique_lock<std::mutex>& lock);
  void PersistControl(LaneRecord record, std::optional<RunRecord> ended_run, bool write_lane);
  // Replaces the account's lanes by what the store says now.
  absl::Status Reload(const std::string& account_id, bool try_again);
  LaneStatus StatusOf(const Lane& lane) const;
  absl::Status CountDeadLetters(std::vector<LaneStatus>& lanes);
  absl::StatusOr<LaneStatus> Control(const std::string& lane_id, const std::function<void(LaneRecord&)>& change,
                                     std::string_view event);
  bool BringsOrders(const std::string& account_id);
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> CallOnWorker(const std::string& plugin_id, pb::InstanceConfig config, const char* method,
                                     const Request& request, DurationUs timeout_us);

  const EngineParts parts_;
  const EngineOptions options_;
  std::mutex mutex_;  // never held while the store is written: the step callbacks take it
  std::condition_variable changed_;
  LaneTable lanes_;
  RunningList running_;
  int64_t last_epoch_ = 0;
  bool stopping_ = false;
  bool started_ = false;
  std::thread scheduler_;
};

absl::Status ThreadedEngine::Start() {
  std::vector<AccountLanes> accounts;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(accounts, ReadAllLanes(tx, parts_.catalog, parts_.budgets));
    return absl::OkStatus();
  }));
  const std::lock_guard<std::mutex> lock(mutex_);
  for (AccountLanes& account : accounts) {
    for (Lane& lane : account.lanes) {
      last_epoch_ = std::max(last_epoch_, lane.record.epoch);
      lanes_.Upsert(std::move(lane));
    }
  }
  started_ = true;
  scheduler_ = std::thread([this] { SchedulerLoop(); });
  return absl::OkStatus();
}

void ThreadedEngine::Stop() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!started_) return;
    stopping_ = true;
    changed_.notify_all();
    // Steps under way may finish; what is queued on workers gives up at once (see Execute).
    changed_.wait_for(lock, std::chrono::microseconds(options_.drain_timeout_us), [&] { return running_.empty(); });
    for (Running& running : running_) running.claim->fenced = true;
    started_ = false;
  }
  if (scheduler_.joinable()) scheduler_.join();
}

void ThreadedEngine::SchedulerLoop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    const TimeUs now = parts_.clock.Now();
    while (Lane* lane = lanes_.PopDue(now, options_.max_steps_per_account)) Dispatch(lock, *lane);
    FenceOverdue(lock);
    if (stopping_) break;
    TimeUs wake = lanes_.NextDue();
    for (const Running& running : running_) {
      if (running.deadline_us != kNever) wake = std::min(wake, running.deadline_us + kFenceGraceUs);
    }
    const TimeUs longest = parts_.clock.Now() + kHourUs;
    parts_.clock.WaitUntil(lock, changed_, std::min(wake, longest));
  }
}

// Claims the lane and hands it to the plugin's workers. Needs the lock.
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
  LaneRecord claimed = lane.record;
  claimed.epoch = lane.claim->epoch;
  const auto running = running_.insert(running_.end(), Running{.claim = lane.claim});
  const std::string plugin_id = lane.plugin_id;

  lock.unlock();
  auto generation = parts_.catalog.Active(plugin_id);
  bool submitted = false;
  if (generation.ok()) {
    {
      const std::lock_guard<std::mutex> relock(mutex_);
      running->generation = *generation;
    }
    submitted = (*generation)->Submit([this, running, claimed, plugin_id] { Execute(running, claimed, plugin_id); });
  }
  if (!submitted) {
    Finish(running, {.status = generation.ok() ? MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown,
                                                           "the plugin is being closed")
                                               : generation.status(),
                     .lane = claimed});
  }
  lock.lock();
}

void ThreadedEngine::Execute(RunningList::iterator running, LaneRecord claimed, const std::string& plugin_id) {
  Running mine;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || running->claim->fenced) {
      running_.erase(running);
      changed_.notify_all();
      return;
    }
    DurationUs timeout = options_.step_timeout_us;
    const pb::Contract* contract = FindContract(running->generation->manifest(), ContractOf(claimed.job));
    if (contract != nullptr && contract->max_step_seconds() > 0) timeout = contract->max_step_seconds() * kSecondUs;
    running->worker = Generation::CurrentWorker();
    running->deadline_us = parts_.clock.Now() + timeout;
    mine = *running;
  }
  changed_.notify_all();  // the watchdog has a new deadline
  absl::StatusOr<StepOutcome> outcome = Attempt(mine, claimed);
  if (!outcome.ok()) outcome = StepOutcome{.status = AddContext(outcome.status(), plugin_id), .lane = claimed};
  Finish(running, *std::move(outcome));
}

absl::StatusOr<StepOutcome> ThreadedEngine::Attempt(const Running& running, const LaneRecord& claimed) {
  pb::InstanceConfig config;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(config, ReadInstanceConfig(tx, running.generation->manifest(), claimed.account_id));
    return absl::OkStatus();
  }));
  const std::shared_ptr<Claim> claim = running.claim;
  const TimeUs deadline = running.deadline_us;
  const auto stop = [this, claim, deadline] { return claim->fenced.load() || parts_.clock.Now() > deadline; };
  GenerationCaller caller(*running.generation, std::move(config), deadline, stop);
  return RunStep(claimed.job,
                 StepInputs{.lane = claimed,
                            .manifest = running.generation->manifest(),
                            .plugin = caller,
                            .store = parts_.store,
                            .clock = parts_.clock,
                            .rng = parts_.rng,
                            .ids = parts_.ids,
                            .logger = parts_.logger,
                            .budgets = parts_.budgets,
                            .cipher = parts_.cipher,
                            .brings_orders = [this](const std::string& account) { return BringsOrders(account); }});
}

void ThreadedEngine::Succeed(Lane& lane, const StepOutcome& outcome, TimeUs now) {
  lane.record = outcome.lane;
  lane.run->items += outcome.items;
  lane.run->bad_records += outcome.bad_records;
  if (outcome.more || lane.again) {
    lane.due_us = now;
  } else {
    lane.due_us = outcome.next_run_us > 0 ? std::max(outcome.next_run_us, now) : now + UsualInterval(lane.record.job);
  }
  lane.record.next_run_us = lane.due_us == kNever ? 0 : lane.due_us;
}

void ThreadedEngine::Fail(Lane& lane, const absl::Status& status, TimeUs now) {
  const TimeUs retry_at = RetryTimeOf(status);
  // Used-up allowance is the normal pace of a marketplace, not a failure.
  if (HasReason(status, Reason::kRateLimited) && retry_at > 0) {
    lane.due_us = std::max(retry_at, now + kMillisecondUs);
    return;
  }
  ++lane.record.failures;
  lane.record.last_error = std::string(status.message());
  lane.record.last_error_reason = ReasonOf(status);
  lane.record.needs_operator = status.code() == absl::StatusCode::kUnauthenticated;
  lane.due_us = std::max(retry_at, now + Backoff(lane.record.failures, parts_.rng));
  lane.record.next_run_us = lane.due_us;
  parts_.logger.Warning("a step failed", {Field("lane", lane.record.id), Field("failures", lane.record.failures),
                                          Field("error", status)});
}

void ThreadedEngine::Finish(RunningList::iterator running, StepOutcome outcome) {
  std::optional<RunRecord> ended_run;
  LaneRecord record;
  bool write_lane = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::shared_ptr<Claim> claim = running->claim;
    running_.erase(running);
    lanes_.ReleaseAccount(outcome.lane.account_id);
    Lane* lane = lanes_.Find(claim->lane_id);
    if (lane == nullptr || lane->claim != claim) {
      // Fenced meanwhile: a newer claim owns the lane, and the store refused whatever this step tried to commit.
      parts_.logger.Warning("a fenced step came back and was dropped", {Field("lane", claim->lane_id)});
      changed_.notify_all();
      return;
    }
    lane->claim = nullptr;
    const TimeUs now = parts_.clock.Now();
    ++lane->run->steps;
    const bool paused = lane->record.paused;
    const std::string note = lane->record.pause_note;
    if (outcome.status.ok()) {
      Succeed(*lane, outcome, now);
      // Paused while it ran: the step's own copy does not know.
      lane->record.paused = paused;
      lane->record.pause_note = note;
    } else {
      lane->record.epoch = claim->epoch;
      Fail(*lane, outcome.status, now);
      write_lane = lane->record.failures > 0;
    }
    const bool run_over = !outcome.status.ok() ? lane->record.failures > 0 : lane->due_us > now;
    if (run_over) {
      lane->run->ended_us = now;
      lane->run->state = outcome.status.ok() ? RunState::kSucceeded : RunState::kFailed;
      lane->run->error = std::string(outcome.status.message());
      lane->run->error_reason = ReasonOf(outcome.status);
      lane->record.items_last_run = lane->run->items;
      if (lane->run_requested || lane->run->items > 0 || lane->run->bad_records > 0 || !outcome.status.ok())
        ended_run = lane->run;
      lane->run.reset();
      lane->run_requested = false;
    }
    record = lane->record;
    lanes_.Requeue(*lane);
    changed_.notify_all();
  }
  if (write_lane || ended_run.has_value()) PersistControl(record, ended_run, write_lane);
  if (!outcome.accounts_with_changed_targets.empty()) TargetsChanged(outcome.accounts_with_changed_targets);
}

void ThreadedEngine::PersistControl(LaneRecord record, std::optional<RunRecord> ended_run, bool write_lane) {
  const absl::Status written = parts_.store.Write([&](Tx& tx) -> absl::Status {
    if (write_lane) {
      QS_RETURN_IF_ERROR(tx.PutLaneControl(record));
      QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                         parts_.clock.Now(),
                                         record.needs_operator ? "lane.needs_operator" : "lane.failed",
                                         LaneName(record.id),
                                         {{"reason", record.last_error_reason}, {"failures", Concat(record.failures)}}})
                             .status());
    }
    if (ended_run.has_value()) {
      QS_RETURN_IF_ERROR(tx.PutRun(*ended_run));
      QS_RETURN_IF_ERROR(tx.TrimRuns(record.id, kRunsKept));
    }
    return absl::OkStatus();
  });
  // The state stays in memory and is written with the next change; only its history is lost when the host dies before.
  if (!written.ok())
    parts_.logger.Error("a lane's state could not be stored", {Field("lane", record.id), Field("error", written)});
}

// Takes lanes away from steps that passed their deadline. Needs the lock; gives it up while it writes.
void ThreadedEngine::FenceOverdue(std::unique_lock<std::mutex>& lock) {
  const TimeUs now = parts_.clock.Now();
  std::vector<Running> overdue;
  for (Running& running : running_) {
    if (running.deadline_us == kNever || running.deadline_us + kFenceGraceUs > now ||
        running.claim->fenced.exchange(true))
      continue;
    overdue.push_back(running);
  }
  for (const Running& running : overdue) {
    Lane* lane = lanes_.Find(running.claim->lane_id);
    if (lane == nullptr || lane->claim != running.claim) continue;
    const int64_t fence_epoch = ++last_epoch_;
    const std::string lane_id = lane->record.id;
    lock.unlock();
    running.generation->Abandon(running.worker);
    // The fence is durable before the lane is claimed again; a commit that got in before it is kept, position and all.
    LaneRecord stored;
    const absl::Status fenced = parts_.store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> present, tx.FindLane(lane_id));
      if (!present.has_value()) return absl::OkStatus();
      stored = *present;
      stored.epoch = fence_epoch;
      return tx.PutLaneControl(stored);
    });
    if (!fenced.ok())
      parts_.logger.Error("a fence could not be stored", {Field("lane", lane_id), Field("error", fenced)});
    lock.lock();
    lane = lanes_.Find(lane_id);
    if (lane == nullptr || lane->claim != running.claim) continue;
    if (!stored.id.empty()) lane->record.cursor = stored.cursor;
    lane->record.epoch = fence_epoch;
    lane->claim = nullptr;
    Fail(*lane,
         MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout,
                   "a step passed its deadline and was taken away; the plugin's worker is stuck and was replaced"),
         parts_.clock.Now());
    lanes_.Requeue(*lane);
    const LaneRecord record = lane->record;
    lock.unlock();
    PersistControl(record, std::nullopt, true);
    lock.lock();
  }
}

LaneStatus ThreadedEngine::StatusOf(const Lane& lane) const {
  LaneStatus status{.record = lane.record};
  if (lane.claim != nullptr) {
    status.activity = LaneActivity::kRunning;
  } else if (!lane.enabled) {
    status.activity = LaneActivity::kDisabled;
  } else if (lane.record.paused) {
    status.activity = LaneActivity::kPaused;
  } else if (lane.record.needs_operator) {
    status.activity = LaneActivity::kNeedsOperator;
  } else {
    status.activity = lane.record.failures > 0 ? LaneActivity::kBackoff : LaneActivity::kIdle;
  }
  status.record.next_run_us = lane.enabled && lane.due_us != kNever ? lane.due_us : 0;
  return status;
}

absl::Status ThreadedEngine::CountDeadLetters(std::vector<LaneStatus>& lanes) {
  return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    for (LaneStatus& lane : lanes) {
      QS_ASSIGN_OR_RETURN(lane.open_dead_letters, tx.CountDeadLetters(lane.record.id, DeadLetterState::kOpen));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<LaneStatus>> ThreadedEngine::ListLanes(const LaneQuery& query) {
  std::vector<LaneStatus> found;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // The lanes of an account stand together.
    const std::string prefix = query.account_id.empty() ? "" : LaneIdPrefix(query.account_id);
    for (auto it = lanes_.all().upper_bound(std::max(query.after_id, prefix));
         it != lanes_.all().end() && it->first.starts_with(prefix); ++it) {
      if (!query.channel_id.empty() && it->second.record.channel_id != query.channel_id) continue;
      found.push_back(StatusOf(it->second));
      if (static_cast<int>(found.size()) >= query.limit) break;
    }
  }
  QS_RETURN_IF_ERROR(CountDeadLetters(found));
  return found;
}

std::vector<LaneStatus> ThreadedEngine::LanesOfChannels(const std::vector<ChannelRecord>& channels) {
  std::set<std::string> ids;
  for (const ChannelRecord& channel : channels) {
    for (const Job job : kJobs) {
      ids.insert(AccountLaneId(channel.account_id, job));
      ids.insert(ChannelLaneId(channel.account_id, channel.id, job));
    }
  }
  std::vector<LaneStatus> found;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& id : ids) {
    if (const Lane* lane = lanes_.Find(id); lane != nullptr) found.push_back(StatusOf(*lane));
  }
  return found;
}

absl::StatusOr<LaneStatus> ThreadedEngine::GetLane(const std::string& lane_id) {
  std::vector<LaneStatus> one;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Lane* lane = lanes_.Find(lane_id);
    if (lane == nullptr) {
      return MakeError(absl::StatusCode::kNotFound, Reason::kLaneNotFound, Concat("there is no lane '", lane_id, "'"),
                       {{"resource", LaneName(lane_id)}});
    }
    one.push_back(StatusOf(*lane));
  }
  QS_RETURN_IF_ERROR(CountDeadLetters(one));
  return one.front();
}

absl::StatusOr<RunRecord> ThreadedEngine::StartSync(const std::string& lane_id) {
  QS_ASSIGN_OR_RETURN(const LaneStatus present, GetLane(lane_id));
  RunRecord run;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Lane* lane = lanes_.Find(lane_id);
    if (lane == nullptr || !lane->enabled) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled,
          Concat("lane ", lane_id, " is disabled: enable a channel of ", present.record.account_id, " first"));
    }
    if (lane->record.paused) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLanePaused,
                       Concat("lane ", lane_id, " is paused (", lane->record.pause_note, "); resume it first"));
    }
    lane->record.needs_operator = false;
    if (!lane->run.has_value()) {
      lane->run = RunRecord{
          .id = parts_.ids.Next(), .lane_id = lane_id, .state = RunState::kQueued, .started_us = parts_.clock.Now()};
    }
    lane->run_requested = true;
    run = *lane->run;
    lanes_.MakeDue(*lane, parts_.clock.Now());
    changed_.notify_all();
  }
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) { return tx.PutRun(run); }));
  return run;
}

absl::StatusOr<LaneStatus> ThreadedEngine::Control(const std::string& lane_id,
                                                   const std::function<void(LaneRecord&)>& change,
                                                   std::string_view event) {
  LaneRecord record;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Lane* lane = lanes_.Find(lane_id);
    if (lane == nullptr) {
      return MakeError(absl::StatusCode::kNotFound, Reason::kLaneNotFound, Concat("there is no lane '", lane_id, "'"),
                       {{"resource", LaneName(lane_id)}});
    }
    record = lane->record;
  }
  change(record);
  QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
    // The running step may have committed meanwhile: only what is changed here is taken from this copy.
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(lane_id));
    LaneRecord written = stored.value_or(record);
    change(written);
    QS_RETURN_IF_ERROR(tx.PutLaneControl(written));
    return tx.AppendEvent({0, parts_.clock.Now(), std::string(event), LaneName(lane_id), {{"note", record.pause_note}}})
        .status();
  }));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (Lane* lane = lanes_.Find(lane_id); lane != nullptr) {
      change(lane->record);
      if (!lane->record.paused) lane->due_us = std::min(lane->due_us, parts_.clock.Now());
      lanes_.Requeue(*lane);
      changed_.notify_all();
    }
  }
  return GetLane(lane_id);
}

absl::StatusOr<LaneStatus> ThreadedEngine::PauseLane(const std::string& lane_id, const std::string& note) {
  return Control(
      lane_id,
      [&](LaneRecord& record) {
        record.paused = true;
        record.pause_note = note;
      },
      "lane.paused");
}

absl::StatusOr<LaneStatus> ThreadedEngine::ResumeLane(const std::string& lane_id) {
  return Control(
      lane_id,
      [](LaneRecord& record) {
        record.paused = false;
        record.pause_note.clear();
        record.needs_operator = false;
      },
      "lane.resumed");
}

absl::Status ThreadedEngine::Reload(const std::string& account_id, bool try_again) {
  AccountLanes derived;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(derived, ReadAccountLanes(tx, parts_.catalog, parts_.budgets, account_id));
    return absl::OkStatus();
  }));
  const std::lock_guard<std::mutex> lock(mutex_);
  std::set<std::string> keep;
  for (Lane& lane : derived.lanes) {
    keep.insert(lane.record.id);
    const Lane* before = lanes_.Find(lane.record.id);
    const bool newly_enabled = lane.enabled && (before == nullptr || !before->enabled);
    Lane& present = lanes_.Upsert(std::move(lane));
    if (try_again && present.record.needs_operator) {
      present.record.needs_operator = false;
      present.due_us = 0;
    }
    if (newly_enabled || try_again) lanes_.MakeDue(present, parts_.clock.Now());
    lanes_.Requeue(present);
  }
  for (const std::string& id : lanes_.OfAccount(account_id)) {
    if (!keep.contains(id)) lanes_.Erase(id);
  }
  changed_.notify_all();
  return absl::OkStatus();
}

void ThreadedEngine::AccountChanged(const std::string& account_id) {
  parts_.tokens.Forget(account_id);
  if (const absl::Status reloaded = Reload(account_id, true); !reloaded.ok()) {
    parts_.logger.Error("the lanes of an account could not be derived",
                        {Field("account", account_id), Field("error", reloaded)});
  }
  for (const PluginStatus& plugin : parts_.catalog.List()) {
    if (auto generation = parts_.catalog.Active(plugin.record.id); generation.ok())
      (*generation)->ForgetInstances(account_id);
  }
}

void ThreadedEngine::TargetsChanged(const std::vector<std::string>& account_ids) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& account : account_ids) {
    if (Lane* lane = lanes_.Find(AccountLaneId(account, Job::kInventory));
        lane != nullptr && lane->record.failures == 0) {
      lanes_.MakeDue(*lane, parts_.clock.Now());
    }
  }
  changed_.notify_all();
}

bool ThreadedEngine::BringsOrders(const std::string& account_id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Lane* lane = lanes_.Find(AccountLaneId(account_id, Job::kOrders));
  return lane != nullptr && lane->enabled;
}

template <typename Reply, typename Request>
absl::StatusOr<Reply> ThreadedEngine::CallOnWorker(const std::string& plugin_id, pb::InstanceConfig config,
                                                   const char* method, const Request& request, DurationUs timeout_us) {
  QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.catalog.Active(plugin_id));
  // The promise outlives a caller that gave up.
  auto promise = std::make_shared<std::promise<absl::StatusOr<Reply>>>();
  auto future = promise->get_future();
  const TimeUs deadline = parts_.clock.Now() + timeout_us;
  const Clock* clock = &parts_.clock;
  const bool submitted = generation->Submit(
      [generation_raw = generation.get(), promise, config = std::move(config), request, method, deadline, clock] {
        promise->set_value(generation_raw->template CallTyped<Reply>(
            config, {"plugin/1", method, deadline, [clock, deadline] { return clock->Now() > deadline; }}, request));
      });
  if (!submitted) return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the plugin is being closed");
  const auto patience = std::chrono::microseconds(parts_.clock.RealDuration(timeout_us) + kSecondUs);
  if (future.wait_for(patience) != std::future_status::ready) {
    return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout,
                     Concat("plugin ", plugin_id, " did not answer in time"));
  }
  return future.get();
}

absl::StatusOr<pb::CheckReply> ThreadedEngine::TestAccount(const std::string& account_id, DurationUs timeout_us) {
  AccountRecord account;
  pb::InstanceConfig config;
  QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
    QS_ASSIGN_OR_RETURN(const std::shared_ptr<Generation> generation, parts_.catalog.Active(account.plugin_id));
    QS_ASSIGN_OR_RETURN(config, ReadInstanceConfig(tx, generation->manifest(), account_id));
    return absl::OkStatus();
  }));
  return CallOnWorker<pb::CheckReply>(account.plugin_id, std::move(config), "check", pb::CheckRequest(), timeout_us);
}

absl::Status ThreadedEngine::ValidateAccount(const AccountRecord& account) {
  QS_ASSIGN_OR_RETURN(const PluginStatus plugin, parts_.catalog.Get(account.plugin_id));
  std::vector<FieldViolation> violations = CheckOptions(plugin.manifest, account.options);
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidConfiguration, violations);
  pb::ValidateConfigRequest request;
  request.mutable_config()->set_account_id(account.id);
  for (const auto& [name, value] : WithDefaults(plugin.manifest, account.options))
    (*request.mutable_config()->mutable_options())[name] = value;
  const auto reply = CallOnWorker<pb::ValidateConfigReply>(account.plugin_id, request.config(), "validate_config",
                                                           request, kValidateTimeoutUs);
  if (!reply.ok()) {
    // A plugin may refuse the configuration already when it is given it.
    const ErrorMetadata metadata = MetadataOf(reply.status());
    if (const auto field = metadata.find("field"); field != metadata.end()) {
      return MakeFieldError(Reason::kInvalidConfiguration, {{field->second, std::string(reply.status().message())}});
    }
    return absl::IsUnimplemented(reply.status()) ? absl::OkStatus() : reply.status();
  }
  for (const pb::FieldProblem& problem : reply->problems())
    violations.push_back({problem.field(), problem.description()});
  return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidConfiguration, violations);
}

}  // namespace

std::unique_ptr<Engine> MakeEngine(EngineParts parts, EngineOptions options) {
  return std::make_unique<ThreadedEngine>(parts, options);
}

}  // namespace quayside
