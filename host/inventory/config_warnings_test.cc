#include "host/inventory/config_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigWarningsTest : public testing::Test {
 protected:
  std::vector<std::string> Warnings() { return ConfigWarnings(config_, locations_, unread_centres_, keeps_latencies_); }

  ChannelConfig config_;
  std::set<std::string> unread_centres_;
  bool keeps_latencies_ = false;
  std::vector<LocationRecord> locations_ = {
      {.id = "default"}, {.id = "shed"}, {.id = "fba", .fulfilment_centre = true}, {.id = "old", .inactive = true}};
};

TEST_F(ConfigWarningsTest, TheUsualConfiguration_HasNone) { EXPECT_THAT(Warnings(), IsEmpty()); }

TEST_F(ConfigWarningsTest, HandlingTimesThatAreSentNoMore_StandUntilTheyAreCleared) {
  keeps_latencies_ = true;
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("the marketplace keeps those that were")));
  config_.default_latency_days = 2;
  EXPECT_THAT(Warnings(), IsEmpty());
  config_.default_latency_days.reset();
  config_.product_based_latency = true;
  EXPECT_THAT(Warnings(), IsEmpty());
}

TEST_F(ConfigWarningsTest, OrdersThatReserveWhereNothingCounts_WouldOversell) {
  config_.inventory_locations = {"shed"};
  EXPECT_THAT(Warnings(), IsEmpty()) << "the switch is off";
  config_.inventory_from_location = true;
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("default, which is none of the inventory locations")));
  config_.order_download_location = "shed";
  EXPECT_THAT(Warnings(), IsEmpty());
  config_.inventory_from_location = false;
  config_.order_download_location = "fba";
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("fba, a fulfilment centre")));
  config_.order_download_location = "old";
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("old, which is inactive")));
}

TEST_F(ConfigWarningsTest, ACentreThatNobodyReads_IsTold) {
  unread_centres_ = {"fba"};
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("nobody reads the stock of the inventory location fba")));
}

TEST_F(ConfigWarningsTest, AnInactiveLocationInTheSet_IsTold) {
  config_.inventory_from_location = true;
  config_.inventory_locations = {"default", "old"};
  EXPECT_THAT(Warnings(), ElementsAre(HasSubstr("old is inactive and counts nothing")));
}

}  // namespace
}  // namespace quayside
