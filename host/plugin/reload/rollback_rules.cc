#include "host/plugin/reload/rollback_rules.h"

#include <cmath>

#include "host/base/text.h"

namespace quayside {
namespace {

constexpr int64_t kBrokenSteps = 3;
constexpr double kBrokenShareRise = 0.05;
constexpr int64_t kRefusedSteps = 2;
constexpr int64_t kFailedSteps = 5;
constexpr double kFailedShareRise = 0.5;

std::string Percent(double share) { return Concat(std::lround(share * 100), " %"); }

}  // namespace

std::string WhyRollBack(const StepSums& before, const StepSums& since) {
  if (since.broken >= kBrokenSteps && since.broken_share() > 2 * before.broken_share() + kBrokenShareRise) {
    return Concat(since.broken, " of ", since.steps(), " steps broke since the flip, before it were ",
                  Percent(before.broken_share()), ": ", since.last_failure);
  }
  const int64_t failures = since.failed + since.broken;
  const bool shut_out = since.good == 0 && since.refused >= kRefusedSteps;
  if ((shut_out || failures >= kFailedSteps) && since.failure_share() > 2 * before.failure_share() + kFailedShareRise) {
    return Concat(failures, " of ", since.steps(), " steps failed since the flip, before it were ",
                  Percent(before.failure_share()), ": ", since.last_failure);
  }
  return "";
}

}  // namespace quayside
