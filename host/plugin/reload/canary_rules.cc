#include "host/plugin/reload/canary_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "host/base/text.h"
#include "host/plugin/job_contract.h"

namespace quayside {
namespace {

constexpr int64_t kEnoughToCompare = 3;  // good steps on either side
constexpr double kBadShareRise = 0.1;
constexpr int64_t kEnoughRecords = 5;
constexpr double kSlowdown = 3;
constexpr double kSlowdownAtLeastUs = 500'000;

std::string Percent(double share) { return Concat(std::lround(share * 100), " %"); }
std::string Milliseconds(double us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", us / 1000);
  return text;
}

std::string InWords(const StepSums& steps) {
  char items[32];
  std::snprintf(items, sizeof items, "%.1f", steps.items_per_step());
  std::string words = Concat(steps.good, " good, ", steps.failed, " failed, ", steps.broken, " broken, ", items,
                             " items a step, ", Milliseconds(steps.latency_us()));
  if (!steps.last_failure.empty()) words += Concat(" (", steps.last_failure, ")");
  return words;
}

CanaryJudgement Fail(std::string why) { return {CanaryVerdict::kFail, std::move(why)}; }

int64_t Forgiven(const StepSums& old_steps, const StepSums& new_steps) {
  return static_cast<int64_t>(
      std::ceil(2 * old_steps.failure_share() * static_cast<double>(std::max<int64_t>(1, new_steps.steps()))));
}

// It brings nothing where there used to be something: perhaps there is nothing, which the old one's next steps tell.
bool AwaitsTheOldOne(const CanaryComparison& job) {
  return job.new_steps.items == 0 && job.old_steps.good >= kEnoughToCompare && job.old_steps.items_per_step() >= 1 &&
         job.old_meanwhile.good < kEnoughToCompare;
}

// What is worse than before, "" = nothing.
std::string Compare(const CanaryComparison& job) {
  const StepSums& before = job.old_steps;
  const StepSums& now = job.new_steps;
  if (now.items + now.bad_records >= kEnoughRecords && now.bad_share() > before.bad_share() + kBadShareRise) {
    return Concat(Percent(now.bad_share()), " of the records could not be used, before it were ",
                  Percent(before.bad_share()));
  }
  const StepSums& meanwhile = job.old_meanwhile;
  if (now.good >= kEnoughToCompare && meanwhile.good >= kEnoughToCompare && meanwhile.items_per_step() >= 1 &&
      now.items == 0) {
    return Concat(now.good, " steps brought nothing, those of the old version meanwhile ",
                  meanwhile.items / meanwhile.good, " items a step");
  }
  if (now.good < kEnoughToCompare || before.good < kEnoughToCompare) return "";
  if (now.latency_us() > kSlowdown * before.latency_us() &&
      now.latency_us() > before.latency_us() + kSlowdownAtLeastUs) {
    return Concat("steps take ", Milliseconds(now.latency_us()), ", before it were ",
                  Milliseconds(before.latency_us()));
  }
  return "";
}

}  // namespace

std::string InWords(const CanaryComparison& comparison) {
  return Concat(ContractOf(comparison.job), ": ", InWords(comparison.new_steps),
                "; before: ", InWords(comparison.old_steps));
}

CanaryJudgement JudgeCanary(const std::vector<CanaryComparison>& jobs, const CanaryOptions& options,
                            DurationUs waited_us) {
  StepSums total;
  for (const CanaryComparison& job : jobs) {
    total += job.new_steps;
    if (job.new_steps.broken > 0) return Fail(Concat("a step broke: ", job.new_steps.last_failure));
    if (job.new_steps.failed > 0 && job.new_steps.failed > Forgiven(job.old_steps, job.new_steps)) {
      return Fail(Concat("a step failed (", job.new_steps.failed, " of ", job.new_steps.steps(), "; before it were ",
                         Percent(job.old_steps.failure_share()), "): ", job.new_steps.last_failure));
    }
  }
  const bool time_is_up = waited_us >= options.patience_us;
  const bool enough = total.good >= options.good_steps;
  if (!enough && !time_is_up) return {};
  if (!time_is_up && std::any_of(jobs.begin(), jobs.end(), AwaitsTheOldOne)) return {};
  if (enough || total.good + total.quiet > 0) {
    for (const CanaryComparison& job : jobs) {
      if (std::string worse = Compare(job); !worse.empty()) return Fail(std::move(worse));
    }
    const std::string nothing_to_do =
        total.quiet > 0 ? Concat(", and ", total.quiet, " with nothing to ask it for") : std::string();
    return {CanaryVerdict::kPass,
            Concat(total.good, " good steps, ", Milliseconds(total.latency_us()), " each", nothing_to_do)};
  }
  return Fail(Concat("only ", total.good, " of ", options.good_steps, " steps ended well within ",
                     options.patience_us / kSecondUs, " s; give the canary more time, other lanes or none"));
}

}  // namespace quayside
