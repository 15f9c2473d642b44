#include "host/plugin/reload/step_tally.h"

#include "host/base/errors.h"

namespace quayside {
namespace {

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool IsBroken(const absl::Status& status) {
  return HasReason(status, Reason::kPluginFault) || HasReason(status, Reason::kPluginTimeout) ||
         HasReason(status, Reason::kPluginCrashed) || HasReason(status, Reason::kPluginQuarantined);
}

bool SaysNothing(const absl::Status& status) {
  for (const Reason reason :
       {Reason::kRateLimited, Reason::kThrottled, Reason::kDocumentArriving, Reason::kLaneFenced, Reason::kLaneDisabled,
        Reason::kShuttingDown, Reason::kDiskFull, Reason::kDatabaseReadOnly, Reason::kDatabaseCorrupt,
        Reason::kAccountNotFound, Reason::kChannelNotFound, Reason::kSecretMissing, Reason::kDocumentSpoolFull}) {
    if (HasReason(status, reason)) return true;
  }
  return false;
}

}  // namespace

StepVerdict VerdictOf(const StepReport& report) {
  if (report.status.ok()) return report.plugin_calls > 0 ? StepVerdict::kGood : StepVerdict::kNeutral;
  if (IsBroken(report.status)) return StepVerdict::kBroken;
  return report.failed_before || SaysNothing(report.status) ? StepVerdict::kNeutral : StepVerdict::kFailed;
}

double StepSums::failure_share() const { return Share(failed + broken, steps()); }
double StepSums::broken_share() const { return Share(broken, steps()); }
double StepSums::items_per_step() const { return Share(items, good); }
double StepSums::latency_us() const { return Share(duration_us, good); }
double StepSums::bad_share() const { return Share(bad_records, bad_records + items); }

StepSums& StepSums::operator+=(const StepSums& other) {
  good += other.good;
  failed += other.failed;
  refused += other.refused;
  broken += other.broken;
  quiet += other.quiet;
  items += other.items;
  bad_records += other.bad_records;
  duration_us += other.duration_us;
  if (!other.last_failure.empty()) last_failure = other.last_failure;
  return *this;
}

void StepTally::Add(const StepReport& report) {
  const StepVerdict verdict = VerdictOf(report);
  if (verdict == StepVerdict::kNeutral) {
    if (report.status.ok()) ++quiet_[report.job];
    return;
  }
  StepSums step;
  if (verdict == StepVerdict::kGood) {
    step.good = 1;
    step.items = report.items;
    step.bad_records = report.bad_records;
    step.duration_us = report.duration_us;
  } else {
    (verdict == StepVerdict::kBroken ? step.broken : step.failed) = 1;
    if (verdict == StepVerdict::kFailed && absl::IsUnauthenticated(report.status)) step.refused = 1;
    step.last_failure = report.lane_id + ": " + std::string(report.status.message());
  }
  since_[report.job] += step;
  std::deque<StepSums>& window = windows_[report.job];
  window.push_back(std::move(step));
  if (window.size() > kWindow) window.pop_front();
}

StepSums StepTally::Of(Job job) const {
  StepSums sum;
  if (const auto found = windows_.find(job); found != windows_.end()) {
    for (const StepSums& step : found->second) sum += step;
  }
  if (const auto found = quiet_.find(job); found != quiet_.end()) sum.quiet = found->second;
  return sum;
}

StepSums StepTally::Since(Job job) const {
  const auto found = since_.find(job);
  return found == since_.end() ? StepSums() : found->second;
}

StepSums StepTally::All() const {
  StepSums sum;
  for (const auto& [job, window] : windows_) sum += Of(job);
  return sum;
}

}  // namespace quayside
