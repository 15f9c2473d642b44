#include "host/inventory/latency.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Properties = std::map<std::string, std::string>;

ChannelRecord AmazonUk(bool product_based, std::optional<int32_t> otherwise = std::nullopt) {
  ChannelRecord channel{.id = "amz-uk", .plugin_id = "amazon", .display_name = "Shop UK"};
  channel.config.product_based_latency = product_based;
  channel.config.default_latency_days = otherwise;
  return channel;
}

struct Case {
  bool product_based;
  std::optional<int32_t> otherwise;
  Properties properties;
  std::optional<int32_t> days;
};

TEST(LatencyTest, TheItemsPropertyForTheChannel_ThenDespatchTime_ThenTheDefault) {
  const Case cases[] = {
      {false, std::nullopt, {{"AMAZON_Shop UK", "5"}, {"Despatch Time", "3"}}, std::nullopt},
      {false, 4, {{"AMAZON_Shop UK", "5"}, {"Despatch Time", "3"}}, 4},
      {true, std::nullopt, {{"AMAZON_Shop UK", "5"}, {"Despatch Time", "3"}}, 5},
      {true, 4, {{"AMAZON_[Shop UK]", "5"}, {"Despatch Time", "3"}}, 5},
      {true, std::nullopt, {{"Despatch Time", "3"}}, 3},
      {true, 4, {{"AMAZON_Shop DE", "5"}, {"EBAY_Shop UK", "6"}}, 4},
      {true, std::nullopt, {}, std::nullopt},
      {true, 4, {}, 4},
      {true, 4, {{"Despatch Time", "2.5"}}, 4},
      {true, 4, {{"AMAZON_Shop UK", "31"}, {"Despatch Time", "3"}}, 3},
      {true, 4, {{"AMAZON_Shop UK", "soon"}, {"AMAZON_[Shop UK]", "7"}}, 7},
  };
  for (const Case& each : cases) {
    const ChannelRecord channel = AmazonUk(each.product_based, each.otherwise);
    EXPECT_EQ(EffectiveLatency(channel, each.properties).days, each.days)
        << ::testing::PrintToString(each.properties) << " product based " << each.product_based;
  }
}

TEST(LatencyTest, NamesThePropertyItIsFrom) {
  EXPECT_EQ(EffectiveLatency(AmazonUk(true, 4), {{"AMAZON_[Shop UK]", "5"}}).property, "AMAZON_[Shop UK]");
  EXPECT_EQ(EffectiveLatency(AmazonUk(true, 4), {}).property, "");
}

TEST(LatencyTest, OnlyAWholeNumberOfOneToThirtyDays_Counts) {
  for (const char* good : {"1", "30", " 7 ", "07"}) EXPECT_TRUE(ParseLatency(good).has_value()) << good;
  for (const char* bad : {"", " ", "0", "31", "-1", "2.5", "1e1", "3 days", "4294967297"})
    EXPECT_FALSE(ParseLatency(bad).has_value()) << bad;
}

TEST(LatencyTest, WhatCountsAsMissing_IsWarnedOf_WhereItNamesAHandlingTime) {
  const std::vector<ChannelRecord> channels = {AmazonUk(true)};
  EXPECT_THAT(LatencyWarnings({{"Despatch Time", "2.5"}, {"AMAZON_Shop UK", "3"}, {"Colour_Code", "x"}}, channels),
              ElementsAre(HasSubstr("'Despatch Time'")));
  EXPECT_THAT(LatencyWarnings({{"AMAZON_[Shop UK]", "99"}}, channels), ElementsAre(HasSubstr("'AMAZON_[Shop UK]'")));
  EXPECT_THAT(LatencyWarnings({{"AMAZON_Shop DE", "99"}}, channels), IsEmpty()) << "no channel has that name";
}

}  // namespace
}  // namespace quayside
