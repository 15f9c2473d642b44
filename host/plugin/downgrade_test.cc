#include "host/plugin/downgrade.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/plugin/errors_for_tests.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

TEST(DowngradeTest, AnOlderVersion_IsRefused_NamingTheHighest) {
  const auto status = CheckDowngrade("shop", "1.9.0", {"1.2.0", "1.10.0", "1.9.1"});
  ExpectError(status, absl::StatusCode::kFailedPrecondition, Reason::kPluginDowngrade,
              HasSubstr("shop 1.9.0 is older than 1.10.0"));
  EXPECT_EQ(MetadataOf(status).at("highest"), "1.10.0");
  EXPECT_FALSE(CheckDowngrade("shop", "1.10.0-rc.1", {"1.10.0"}).ok());
}

TEST(DowngradeTest, TheSameOrANewerVersion_OrTheFirst_IsFine) {
  EXPECT_TRUE(CheckDowngrade("shop", "1.10.0", {"1.2.0", "1.10.0"}).ok());
  EXPECT_TRUE(CheckDowngrade("shop", "1.11.0", {"1.2.0", "1.10.0"}).ok());
  EXPECT_TRUE(CheckDowngrade("shop", "0.0.1", {}).ok());
}

}  // namespace
}  // namespace quayside
