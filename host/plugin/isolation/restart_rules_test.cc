#include "host/plugin/isolation/restart_rules.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

// The largest or the smallest number there can be.
class EndOfRange final : public Rng {
 public:
  explicit EndOfRange(bool largest) : largest_(largest) {}
  uint64_t Below(uint64_t bound) override { return largest_ && bound > 0 ? bound - 1 : 0; }

 private:
  const bool largest_;
};

TEST(RestartRules, FirstEnd_CostsNoDelay_FurtherOnesTwiceAsMuchEach) {
  const RestartRules rules{.quarantine_crashes = 100};
  for (const bool largest : {false, true}) {
    EndOfRange rng(largest);
    std::vector<TimeUs> ends;
    const DurationUs part = largest ? 1 : 2;
    EXPECT_EQ(DecideRestart(rules, 1, ends, rng).delay_us, 0);
    EXPECT_EQ(DecideRestart(rules, 2, ends, rng).delay_us, 50 * kMillisecondUs / part);
    EXPECT_EQ(DecideRestart(rules, 3, ends, rng).delay_us, 100 * kMillisecondUs / part);
    EXPECT_EQ(DecideRestart(rules, 4, ends, rng).delay_us, 200 * kMillisecondUs / part);
    for (int i = 5; i < 90; ++i) (void)DecideRestart(rules, i, ends, rng);
    EXPECT_EQ(DecideRestart(rules, 90, ends, rng).delay_us, 10 * kSecondUs / part);
  }
}

TEST(RestartRules, TooManyWithinTheWindow_Quarantine_SpreadOutOnesDoNot) {
  const RestartRules rules{.quarantine_crashes = 3, .window_us = kMinuteUs};
  EndOfRange rng(false);
  std::vector<TimeUs> ends;
  for (int i = 0; i < 20; ++i) {
    const RestartDecision decision = DecideRestart(rules, i * (kMinuteUs / 2), ends, rng);
    EXPECT_FALSE(decision.quarantine) << i;
    EXPECT_LE(decision.crashes_in_window, 2);
  }
  EXPECT_TRUE(DecideRestart(rules, 19 * (kMinuteUs / 2) + 1, ends, rng).quarantine);
}

}  // namespace
}  // namespace quayside
