#include "host/plugin/reload/crash_rules.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

constexpr TimeUs kNow = 100 * kHourUs;

TEST(CrashRules, TwoDeathsInAnHour_AreOneTooMany) {
  EXPECT_FALSE(IsOneTooMany({}, kNow, {}));
  EXPECT_FALSE(IsOneTooMany({kNow}, kNow, {}));
  EXPECT_TRUE(IsOneTooMany({kNow, kNow - kMinuteUs}, kNow, {}));
  EXPECT_FALSE(IsOneTooMany({kNow, kNow - 2 * kHourUs}, kNow, {}));
  EXPECT_TRUE(IsOneTooMany({kNow}, kNow, {.strikes = 1}));
}

TEST(CrashRules, TheLastGoodVersion_IsTheOneThatWorkedLast) {
  const std::vector<VersionHistory> versions = {{"1.0.0", 10}, {"1.1.0", 30}, {"1.2.0", 20}, {"1.3.0", 40}};
  EXPECT_EQ(LastGoodVersion(versions, "1.3.0"), "1.1.0");
}

TEST(CrashRules, NeitherQuarantined_NorTakenBack_NorUntried) {
  EXPECT_EQ(LastGoodVersion({{"1.0.0", 10}, {"1.1.0", 20, true}, {"1.2.0", 30, false, true}, {"1.3.0", 0}}, "1.4.0"),
            "1.0.0");
  EXPECT_EQ(LastGoodVersion({{"1.0.0", 10}}, "1.0.0"), std::nullopt);
}

}  // namespace
}  // namespace quayside
