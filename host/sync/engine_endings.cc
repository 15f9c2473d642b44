// How a step ends: what becomes of its lane and its run, what of that is stored, and which lanes follow.
#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/listings/listing_pass.h"
#include "host/sync/backoff.h"
#include "host/sync/lane_schedule.h"
#include "host/sync/step.h"
#include "host/sync/threaded_engine.h"

namespace quayside {
namespace {

constexpr int kRunsKept = 50;

absl::Status LaneIsDisabled() {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled, "the lane is disabled or gone");
}

}  // namespace

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
  // Used-up allowance is the normal pace of a marketplace, and a document larger than a step carries is on its way: no
  // failures.
  if ((HasReason(status, Reason::kRateLimited) || HasReason(status, Reason::kDocumentArriving)) && retry_at > 0) {
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
    // Refused because the position was set meanwhile (a version was taken back, a channel was enabled): nobody's
    // failure, and to be done again.
    const bool moved = stored.has_value() && (!(stored->cursor == outcome.lane.cursor) ||
                                              stored->backfill.edits != outcome.lane.backfill.edits);
    if (moved) {
      lane->due_us = now;
      lane->record.next_run_us = now;
    } else {
      ending.failed = Fail(*lane, outcome.status, now);
      if (ending.failed) lane->failed_under = NumberOf(running);
      if (ending.failed) ending.run = EndRun(*lane, outcome.status, now);
    }
  }
  if (outcome.status.ok() || ending.failed) lane->tried_again = false;
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

}  // namespace quayside
