#include "host/sync/step_limit.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

TEST(StepLimit, IsWhatThePluginStates) {
  const ManualClock clock(0);
  quayside::plugin::v1::Contract contract;
  EXPECT_EQ(StepLimit(&contract, 30 * kSecondUs, clock), 30 * kSecondUs);
  EXPECT_EQ(StepLimit(nullptr, 30 * kSecondUs, clock), 30 * kSecondUs);
  contract.set_max_step_seconds(120);
  EXPECT_EQ(StepLimit(&contract, 30 * kSecondUs, clock), 120 * kSecondUs);
}

TEST(StepLimit, IsARealSecondAtLeast_HoweverFastASimulatorsClockRuns) {
  const ScaledClock clock(0, 240);
  quayside::plugin::v1::Contract contract;
  contract.set_max_step_seconds(60);
  EXPECT_GE(clock.RealDuration(StepLimit(&contract, kMinuteUs, clock)), kSecondUs);
}

}  // namespace
}  // namespace quayside
