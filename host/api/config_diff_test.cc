#include "host/api/config_diff.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

quayside::v1::ChannelConfig Config(const std::string& text) {
  quayside::v1::ChannelConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

std::vector<std::string> Changes(const std::string& before, const std::string& after) {
  std::vector<std::string> lines;
  for (const auto& change : CompareConfigs(Config(before), Config(after))) {
    lines.push_back(change.option() + ":" + (change.has_before() ? change.before() : "-") + ">" +
                    (change.has_after() ? change.after() : "-"));
  }
  return lines;
}

TEST(ConfigDiffTest, SameConfigurations_DifferInNothing) {
  const std::string all = "update_inventory: false max_listed_quantity: 0 options { key: 'a' value: '' }";
  EXPECT_THAT(Changes(all, all), IsEmpty());
}

TEST(ConfigDiffTest, UnsetAndZero_AreDifferent) {
  EXPECT_THAT(Changes("", "max_listed_quantity: 0"), ElementsAre("max_listed_quantity:->0"));
  EXPECT_THAT(Changes("max_listed_quantity: 0", ""), ElementsAre("max_listed_quantity:0>-"));
}

TEST(ConfigDiffTest, EveryKindOfOption_IsText) {
  EXPECT_THAT(Changes("update_inventory: true inventory_locations: 'a' order_download_location: 'x' "
                      "options { key: 'gone' value: '1' } options { key: 'kept' value: '1' }",
                      "update_inventory: false inventory_locations: 'a' inventory_locations: 'b' "
                      "order_download_location: 'y' utc_offset_minutes: -60 options { key: 'kept' value: '2' }"),
              ElementsAre("update_inventory:on>off", "inventory_locations:a>a,b", "order_download_location:x>y",
                          "utc_offset_minutes:->-60", "options.kept:1>2", "options.gone:1>-"));
}

TEST(ConfigDiffTest, AuditTexts_SayBothSides) {
  EXPECT_THAT(ChangeTexts(CompareConfigs(Config("end_when_quantity: 1"), Config("max_listed_quantity: 3"))),
              ElementsAre(Pair("end_when_quantity", "1 -> unset"), Pair("max_listed_quantity", "unset -> 3")));
}

}  // namespace
}  // namespace quayside
