// Is a canary good enough to take over? Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/base/time.h"
#include "host/plugin/reload/step_tally.h"
#include "host/store/records.h"

namespace quayside {

// How a reload is to try the new version first.
struct CanaryOptions {
  bool skip = false;
  std::vector<std::string> lanes;  // empty: the least busy ones
  int lane_count = 0;              // of those chosen; 0: a tenth of them, 1..5
  int good_steps = 3;
  DurationUs patience_us = 60 * kSecondUs;
};

// The steps of one job by both generations.
struct CanaryComparison {
  Job job = Job::kOrders;
  StepSums old_steps;      // its newest ones, before and during the canary
  StepSums old_meanwhile;  // those since the canary began
  StepSums new_steps;
};

// "order_sync/1: 3 good, 0 failed, 0 broken, 1.0 items a step, 12.0 ms; before: ...", for records and people.
[[nodiscard]] std::string InWords(const CanaryComparison& comparison);

enum class CanaryVerdict { kWait, kPass, kFail };

struct CanaryJudgement {
  CanaryVerdict verdict = CanaryVerdict::kWait;
  std::string why;  // in words, for kPass and kFail
};

// - a broken step (contract, crash, hang) fails it at once;
// - so does a failed one, unless the old generation fails too: as many are forgiven as twice its share of failures
//   would make (rounded up);
// - when it would pass: fails when records are unreadable that were not before, when a job brings no items at all while
//   the old generation's steps meanwhile do (which it waits for, within its time), when steps take more than three
//   times as long and half a second more;
// - passes with `good_steps` good ones, or, when the time is up, with what there is, be it steps that had nothing to
//   ask the plugin for; without any step it fails then: nothing was proven.
[[nodiscard]] CanaryJudgement JudgeCanary(const std::vector<CanaryComparison>& jobs, const CanaryOptions& options,
                                          DurationUs waited_us);

}  // namespace quayside
