#include "host/base/failpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "host/base/errors.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

std::string Text(const absl::Status& status) { return std::string(status.message()); }

class FailPointTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { EXPECT_TRUE(ArmFailPoint("").ok()); }
};

TEST_F(FailPointTest, Unarmed_DoesNothing) {
  ASSERT_TRUE(ArmFailPoint("").ok());
  for (const auto name : kFailPoints) FailPoint(name);
}

TEST_F(FailPointTest, Armed_KillsAtTheNamedPlace) {
  EXPECT_EXIT(
      {
        if (ArmFailPoint("quantity-after-push").ok()) FailPoint("quantity-after-push");
        std::exit(0);
      },
      ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailPointTest, Armed_PassesOtherPlaces) {
  ASSERT_TRUE(ArmFailPoint("quantity-after-push").ok());
  FailPoint("quantity-after-intents");
  FailPoint("order-step-before-call");
}

TEST_F(FailPointTest, WithCount_KillsAtThatTimeAndNotBefore) {
  EXPECT_EXIT(
      {
        if (!ArmFailPoint("order-step-before-commit:3").ok()) std::exit(1);
        FailPoint("order-step-before-commit");
        FailPoint("order-step-before-commit");
        std::exit(7);
      },
      ::testing::ExitedWithCode(7), "");
  EXPECT_EXIT(
      {
        if (!ArmFailPoint("order-step-before-commit:3").ok()) std::exit(1);
        for (int i = 0; i < 3; ++i) FailPoint("order-step-before-commit");
        std::exit(7);
      },
      ::testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailPointTest, UnknownName_IsRefusedAndTheKnownOnesAreListed) {
  const absl::Status status = ArmFailPoint("quantity-after-psuh");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Text(status), HasSubstr("'quantity-after-psuh'"));
  for (const auto name : kFailPoints) EXPECT_THAT(Text(status), HasSubstr(std::string(name)));
}

TEST_F(FailPointTest, WrongCount_IsRefused) {
  for (const char* setting :
       {"quantity-after-push:", "quantity-after-push:0", "quantity-after-push:-1", "quantity-after-push:x",
        "quantity-after-push:1x", "quantity-after-push:99999999999999999999"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ArmFailPoint(setting))) << setting;
  }
}

}  // namespace
}  // namespace quayside
