#include "quayside/result.h"

#include <gtest/gtest.h>

namespace quayside::sdk {
namespace {

TEST(WithContextTest, WhatGoesWell_IsHandedOn) {
  EXPECT_EQ(WithContext("it", [] { return 7; }), 7);
  EXPECT_EQ(WithContext("it", []() -> Result<int> { return 7; }).value(), 7);
}

TEST(WithContextTest, AnError_SaysWhereItHappened_AndStaysWhatItIs) {
  const auto result = WithContext("order A-1", []() -> Result<int> {
    return WithContext("line 2", []() -> Result<int> { return Error::RetryAt(5, "THROTTLED", "not now"); });
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "order A-1: line 2: not now");
  EXPECT_EQ(result.error().status, QS_RETRY);
  EXPECT_EQ(result.error().retry_at_us, 5);
}

TEST(WithContextTest, AnException_SaysWhereItHappened) {
  try {
    (void)WithContext("order A-1", []() -> Result<int> { throw std::out_of_range("no such member"); });
    FAIL() << "it was swallowed";
  } catch (const std::exception& e) {
    EXPECT_STREQ(e.what(), "order A-1: no such member");
  }
}

}  // namespace
}  // namespace quayside::sdk
