#include "sdk/conformance/plain_config.h"

#include <gtest/gtest.h>

namespace quayside::conformance {
namespace {

TEST(PlainConfig, IsWhatIsKnown_AndNothingElse) {
  EXPECT_TRUE(IsPlainConfig(""));
  plugin::v1::InstanceConfig config;
  config.set_account_id("shop");
  (*config.mutable_options())["folder"] = "/in";
  (*config.mutable_options())["token"] = "";
  const std::string whole = config.SerializeAsString();
  EXPECT_TRUE(IsPlainConfig(whole));
  EXPECT_FALSE(IsPlainConfig(whole.substr(0, whole.size() - 1)));
  const std::string group = "\x2b\x2c";  // field 5 begins and ends
  ASSERT_TRUE(plugin::v1::InstanceConfig().ParseFromString(group));
  EXPECT_FALSE(IsPlainConfig(group));
  EXPECT_FALSE(IsPlainConfig(whole + group));
}

}  // namespace
}  // namespace quayside::conformance
