#include "host/store/json_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

TEST(JsonText, ChannelConfig_KeepsDefaults_WhenAKeyIsMissing) {
  EXPECT_EQ(ChannelConfigFromJson("{}").value(), ChannelConfig{});
}

TEST(JsonText, ChannelConfig_IgnoresKeysOfANewerVersion) {
  EXPECT_EQ(ChannelConfigFromJson(R"({"end_when_quantity": 3, "from_the_future": [1]})").value().end_when_quantity, 3);
}

TEST(JsonText, APassOfAVersionThatKnewNoOtherEnd_EndedWhenItWasComplete) {
  EXPECT_EQ(PassFromJson(R"({"id": "p", "completed_us": 7})").value().ended_us, 7);
  EXPECT_EQ(PassFromJson(R"({"id": "p", "completed_us": 0, "ended_us": 8})").value().ended_us, 8);
}

TEST(JsonText, ZeroIsNotUnset) {
  ChannelConfig config;
  config.max_listed_quantity = 0;
  EXPECT_EQ(ChannelConfigFromJson(ChannelConfigToJson(config)).value().max_listed_quantity, 0);
  EXPECT_EQ(ChannelConfigFromJson(ChannelConfigToJson({})).value().max_listed_quantity, std::nullopt);
}

TEST(JsonText, DamagedText_IsDataLossWithoutTheText) {
  for (const char* text : {"", "{", "[1]", R"({"a": 1})", "null"}) {
    const absl::Status status = TextMapFromJson(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_TRUE(HasReason(status, Reason::kDatabaseCorrupt));
  }
  EXPECT_THAT(std::string(TextListFromJson(R"(["secret", 1)").status().message()),
              testing::Not(testing::HasSubstr("secret")));
  EXPECT_FALSE(TextListFromJson("{}").ok());
  EXPECT_FALSE(ChannelConfigFromJson(R"({"max_listed_quantity": 3000000000})").ok());
  EXPECT_FALSE(ChannelConfigFromJson(R"({"update_inventory": "yes"})").ok());
}

TEST(JsonText, AnyBytes_ComeBack) {
  const std::map<std::string, std::string> values = {{"invalid utf-8", "\xff\xfe"},
                                                     {"control", std::string("\0\x01\n\"\\", 5)}};
  EXPECT_EQ(TextMapFromJson(TextMapToJson(values)).value(), values);
}

}  // namespace
}  // namespace quayside
