#include "host/api/lane_view.h"

#include "host/api/convert.h"
#include "host/base/names.h"
#include "host/sync/lane_id.h"

namespace quayside {
namespace {

// In a row.
constexpr int kFailuresOfTheSick = 3;

api::RunState ToProto(RunState state) {
  switch (state) {
    case RunState::kQueued:
      return api::RUN_STATE_QUEUED;
    case RunState::kRunning:
      return api::RUN_STATE_RUNNING;
    case RunState::kSucceeded:
      return api::RUN_STATE_SUCCEEDED;
    case RunState::kFailed:
      return api::RUN_STATE_FAILED;
    case RunState::kCancelled:
      return api::RUN_STATE_CANCELLED;
  }
  return api::RUN_STATE_UNSPECIFIED;
}

api::ListingPass ShowPass(const PassRecord& pass) {
  api::ListingPass out;
  out.set_id(pass.id);
  SetTime(out, &api::ListingPass::mutable_begin_time, pass.begun_us);
  SetTime(out, &api::ListingPass::mutable_as_of_time, pass.as_of_us);
  SetTime(out, &api::ListingPass::mutable_complete_time, pass.completed_us);
  out.set_done(pass.done);
  out.set_total(pass.total);
  out.set_vanished(pass.vanished);
  out.set_vanishing(pass.vanishing);
  SetTime(out, &api::ListingPass::mutable_end_time, pass.ended_us);
  return out;
}

api::OrderBackfill ShowBackfill(const BackfillRecord& backfill) {
  api::OrderBackfill out;
  SetTime(out, &api::OrderBackfill::mutable_from_time, backfill.from_us);
  SetTime(out, &api::OrderBackfill::mutable_to_time, backfill.to_us);
  SetTime(out, &api::OrderBackfill::mutable_reached_time, backfill.reached_us);
  SetTime(out, &api::OrderBackfill::mutable_begin_time, backfill.begun_us);
  SetTime(out, &api::OrderBackfill::mutable_complete_time, backfill.done_us);
  out.set_orders(backfill.orders);
  return out;
}

}  // namespace

bool IsSick(const LaneStatus& lane) {
  return lane.activity == LaneActivity::kPaused || lane.activity == LaneActivity::kNeedsOperator ||
         (lane.activity == LaneActivity::kBackoff && lane.record.failures >= kFailuresOfTheSick);
}

api::Run ShowRun(const RunRecord& record) {
  api::Run out;
  out.set_name(RunName(record.id));
  out.set_lane(LaneName(record.lane_id));
  out.set_state(ToProto(record.state));
  SetTime(out, &api::Run::mutable_start_time, record.started_us);
  SetTime(out, &api::Run::mutable_end_time, record.ended_us);
  out.set_steps(record.steps);
  out.set_items(record.items);
  out.set_bad_records(record.bad_records);
  out.set_error(record.error);
  out.set_error_reason(record.error_reason);
  out.set_trace_id(record.trace_id);
  return out;
}

api::Lane ShowLane(const LaneStatus& status) {
  const LaneRecord& record = status.record;
  api::Lane out;
  out.set_name(LaneName(record.id));
  out.set_account(AccountName(record.account_id));
  if (!record.channel_id.empty()) out.set_channel(ChannelName(record.channel_id));
  out.set_job(std::string(JobName(record.job)));
  out.set_state(ToProto(status.activity));
  SetTime(out, &api::Lane::mutable_next_run_time, record.next_run_us);
  SetTime(out, &api::Lane::mutable_last_success_time, record.last_success_us);
  SetTime(out, &api::Lane::mutable_watermark_time, record.cursor.watermark_us);
  out.set_failures(record.failures);
  out.set_last_error(record.last_error);
  out.set_last_error_reason(record.last_error_reason);
  out.set_pause_note(record.pause_note);
  out.set_epoch(record.epoch);
  out.set_items_last_run(record.items_last_run);
  out.set_items_total(record.items_total);
  out.set_open_dead_letters(status.open_dead_letters);
  out.set_progress(record.progress);
  if (!record.pass.id.empty()) *out.mutable_pass() = ShowPass(record.pass);
  if (record.backfill.begun_us != 0) *out.mutable_backfill() = ShowBackfill(record.backfill);
  SetTime(out, &api::Lane::mutable_next_pass_time, record.pass.next_us);
  SetTime(out, &api::Lane::mutable_want_pass_time, record.want_pass_us);
  if (record.interval_us > 0) out.mutable_interval()->set_seconds(record.interval_us / kSecondUs);
  return out;
}

}  // namespace quayside
