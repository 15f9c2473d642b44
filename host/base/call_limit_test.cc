#include "host/base/call_limit.h"

#include <gtest/gtest.h>

#include <thread>

#include "host/base/errors.h"

namespace quayside {
namespace {

using CallEnd = std::chrono::system_clock::time_point;

TEST(CallLimit, IsOverAtItsEnd_AndWhenNobodyWaits) {
  EXPECT_TRUE(CallLimit(CallEnd::max()).Check().ok());
  const absl::Status late = CallLimit(CallEnd::min()).Check();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(HasReason(late, Reason::kDeadlineExceeded));
  EXPECT_TRUE(HasReason(CallLimit(CallEnd::max(), [] { return true; }).Check(), Reason::kDeadlineExceeded));
}

TEST(CallLimit, IsTheThreadsOwn_WhileTheScopeLives) {
  EXPECT_EQ(CurrentCallLimit(), nullptr);
  const CallLimit outer(CallEnd::max());
  {
    const CallLimitScope scope(outer);
    const CallLimit inner(CallEnd::min());
    {
      const CallLimitScope narrower(inner);
      EXPECT_EQ(CurrentCallLimit(), &inner);
    }
    EXPECT_EQ(CurrentCallLimit(), &outer);
    std::thread other([] { EXPECT_EQ(CurrentCallLimit(), nullptr); });
    other.join();
  }
  EXPECT_EQ(CurrentCallLimit(), nullptr);
}

}  // namespace
}  // namespace quayside
