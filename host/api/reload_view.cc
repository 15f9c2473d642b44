#include "host/api/reload_view.h"

#include "host/api/convert.h"
#include "host/base/names.h"
#include "host/sync/lane_id.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

google::protobuf::Duration DurationOf(DurationUs us) {
  google::protobuf::Duration duration;
  duration.set_seconds(us / kSecondUs);
  duration.set_nanos(static_cast<int32_t>(us % kSecondUs * 1000));
  return duration;
}

api::StepFigures ToProto(const StepSums& sums) {
  api::StepFigures out;
  out.set_good(sums.good);
  out.set_failed(sums.failed);
  out.set_broken(sums.broken);
  out.set_items(sums.items);
  out.set_bad_records(sums.bad_records);
  out.set_last_failure(sums.last_failure);
  *out.mutable_latency() = DurationOf(static_cast<DurationUs>(sums.latency_us()));
  return out;
}

api::CanaryComparison ToProto(const CanaryComparison& comparison) {
  api::CanaryComparison out;
  out.set_job(std::string(JobName(comparison.job)));
  *out.mutable_old_steps() = ToProto(comparison.old_steps);
  *out.mutable_new_steps() = ToProto(comparison.new_steps);
  return out;
}

}  // namespace

api::GenerationTransition TransitionView(const GenerationTransition& transition) {
  api::GenerationTransition out;
  out.set_generation(transition.generation);
  out.set_version(transition.version);
  out.set_from(std::string(StateName(transition.from)));
  out.set_to(std::string(StateName(transition.to)));
  out.set_reason(transition.why);
  SetTime(out, &api::GenerationTransition::mutable_time, transition.at_us);
  *out.mutable_took() = DurationOf(transition.took_us);
  for (const CanaryComparison& job : transition.canary) *out.add_comparisons() = ToProto(job);
  return out;
}

api::ReloadReport ReportView(const ReloadReport& report) {
  api::ReloadReport out;
  out.set_generation(report.generation);
  out.set_version(report.version);
  out.set_previous_version(report.previous_version);
  *out.mutable_control() = DurationOf(report.control_us());
  *out.mutable_prepare() = DurationOf(report.prepare_us);
  *out.mutable_flip() = DurationOf(report.flip_us);
  *out.mutable_canary() = DurationOf(report.canary_us);
  *out.mutable_drain() = DurationOf(report.drain_us);
  *out.mutable_longest_stall() = DurationOf(report.longest_stall_us);
  for (const std::string& note : report.notes) out.add_notes(note);
  for (const std::string& lane : report.canary_lanes) out.add_canary_lanes(LaneName(lane));
  for (const CanaryComparison& job : report.canary) *out.add_comparisons() = ToProto(job);
  return out;
}

}  // namespace quayside
