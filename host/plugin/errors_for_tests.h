// What a test says about a refusal: its code, its reason and what its message must name.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "host/base/errors.h"

namespace quayside {

inline std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

inline void ExpectError(const absl::Status& status, absl::StatusCode code, Reason reason,
                        const ::testing::Matcher<std::string>& message) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(HasReason(status, reason)) << ReasonOf(status) << ": " << status;
  EXPECT_THAT(MessageOf(status), message);
}

}  // namespace quayside
