#include "host/sync/lane_control.h"

#include <optional>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/trace_scope.h"
#include "host/sync/lane_schedule.h"

namespace quayside {
namespace {

// A lane without a row begins with what the engine knows of it.
absl::StatusOr<LaneRecord> StoredRow(Tx& tx, const LaneStatus& lane) {
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(lane.record.id));
  return stored.value_or(lane.record);
}

absl::Status AppendLaneEvent(Tx& tx, TimeUs now, std::string type, const LaneRecord& lane) {
  return tx.AppendEvent({0, now, std::move(type), LaneName(lane.id), {{"note", lane.pause_note}}}).status();
}

LaneStatus Shown(LaneStatus lane, const LaneRecord& row) {
  lane.record.paused = row.paused;
  lane.record.pause_note = row.pause_note;
  lane.record.interval_us = row.interval_us;
  lane.record.needs_operator = row.needs_operator;
  if (lane.activity == LaneActivity::kRunning || lane.activity == LaneActivity::kDisabled) return lane;
  lane.activity = row.paused                 ? LaneActivity::kPaused
                  : row.needs_operator       ? LaneActivity::kNeedsOperator
                  : lane.record.failures > 0 ? LaneActivity::kBackoff
                                             : LaneActivity::kIdle;
  return lane;
}

}  // namespace

absl::StatusOr<LaneStatus> PauseLane(Tx& tx, TimeUs now, const LaneStatus& lane, const std::string& note) {
  QS_ASSIGN_OR_RETURN(LaneRecord row, StoredRow(tx, lane));
  if (row.paused && row.pause_note == note) return Shown(lane, row);
  row.paused = true;
  row.pause_note = note;
  QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  QS_RETURN_IF_ERROR(AppendLaneEvent(tx, now, "lane.paused", row));
  return Shown(lane, row);
}

absl::StatusOr<LaneStatus> ResumeLane(Tx& tx, TimeUs now, const LaneStatus& lane) {
  QS_ASSIGN_OR_RETURN(LaneRecord row, StoredRow(tx, lane));
  if (!row.paused && !row.needs_operator) return Shown(lane, row);
  row.paused = false;
  row.pause_note.clear();
  row.needs_operator = false;
  QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  QS_RETURN_IF_ERROR(AppendLaneEvent(tx, now, "lane.resumed", row));
  return Shown(lane, row);
}

absl::StatusOr<LaneStatus> ScheduleLane(Tx& tx, TimeUs now, const LaneStatus& lane, DurationUs interval_us) {
  QS_ASSIGN_OR_RETURN(LaneRecord row, StoredRow(tx, lane));
  if (!CanBeScheduled(row.job)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneNotScheduled,
                     Concat("lane ", row.id, " works when there is something to do, or has a setting of its own"),
                     {{"resource", LaneName(row.id)}});
  }
  if (interval_us != 0 && (interval_us < kShortestInterval || interval_us > kLongestInterval)) {
    return MakeFieldError(Reason::kInvalidArgument, {{"interval", "must be from one minute to 24 hours"}});
  }
  if (row.interval_us == interval_us) return Shown(lane, row);
  row.interval_us = interval_us;
  QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  QS_RETURN_IF_ERROR(
      tx.AppendEvent({0, now, "lane.scheduled", LaneName(row.id), {{"seconds", Concat(interval_us / kSecondUs)}}})
          .status());
  return Shown(lane, row);
}

absl::StatusOr<RunRecord> RequestRun(Tx& tx, IdSource& ids, TimeUs now, const LaneStatus& lane) {
  QS_ASSIGN_OR_RETURN(LaneRecord row, StoredRow(tx, lane));
  if (lane.activity == LaneActivity::kDisabled) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled,
                     Concat("lane ", row.id, " is disabled: enable a channel of ", row.account_id, " first"),
                     {{"resource", LaneName(row.id)}});
  }
  if (row.paused) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLanePaused,
                     Concat("lane ", row.id, " is paused (", row.pause_note, "); resume it first"),
                     {{"resource", LaneName(row.id)}});
  }
  if (row.needs_operator) {
    row.needs_operator = false;
    QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  }
  QS_ASSIGN_OR_RETURN(std::vector<RunRecord> open, tx.ListOpenRuns(row.id));
  if (!open.empty()) return open.back();
  const TraceContext* const trace = CurrentTrace();
  const RunRecord run{.id = ids.Next(),
                      .lane_id = row.id,
                      .state = RunState::kQueued,
                      .started_us = now,
                      .trace_id = trace == nullptr ? "" : TraceIdText(*trace)};
  QS_RETURN_IF_ERROR(tx.PutRun(run));
  return run;
}

absl::StatusOr<RunRecord> CancelRun(Tx& tx, TimeUs now, int64_t run_id) {
  QS_ASSIGN_OR_RETURN(RunRecord run, tx.GetRun(run_id));
  if (run.ended_us != 0) return run;
  run.state = RunState::kCancelled;
  run.ended_us = now;
  QS_RETURN_IF_ERROR(tx.PutRun(run));
  QS_RETURN_IF_ERROR(tx.AppendEvent({0, now, "run.cancelled", RunName(run.id), {{"lane", run.lane_id}}}).status());
  return run;
}

absl::StatusOr<PassRequest> RequestPass(Tx& tx, IdSource& ids, TimeUs now, const LaneStatus& lane) {
  PassRequest request;
  QS_ASSIGN_OR_RETURN(request.run, RequestRun(tx, ids, now, lane));
  QS_ASSIGN_OR_RETURN(LaneRecord row, StoredRow(tx, lane));
  row.want_pass_us = now;
  QS_RETURN_IF_ERROR(tx.PutLaneControl(row));
  QS_RETURN_IF_ERROR(tx.AppendEvent({0, now, "pass.requested", LaneName(row.id), {}}).status());
  request.lane = Shown(lane, row);
  request.lane.record.want_pass_us = row.want_pass_us;
  return request;
}

}  // namespace quayside
