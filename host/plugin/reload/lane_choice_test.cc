#include "host/plugin/reload/lane_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LaneLoad Lane(const std::string& id, Job job, int64_t items = 0, bool running = false) {
  return {.lane_id = id, .job = job, .can_run = true, .running = running, .items_last_run = items};
}

std::vector<LaneLoad> Shops(int count) {
  std::vector<LaneLoad> lanes;
  for (int i = 0; i < count; ++i) lanes.push_back(Lane("s" + std::to_string(100 + i) + ".orders", Job::kOrders, i));
  return lanes;
}

TEST(LaneChoice, TakesTheLeastBusyOne_ThatReads) {
  const std::vector<LaneLoad> lanes = {Lane("a.inventory", Job::kInventory), Lane("a.orders", Job::kOrders, 50),
                                       Lane("b.orders", Job::kOrders, 2), Lane("c.orders", Job::kOrders, 0, true)};
  EXPECT_THAT(ChooseCanaryLanes(lanes, {}).value(), ElementsAre("b.orders"));
}

TEST(LaneChoice, ATenth_FiveAtMost_NeverAll) {
  EXPECT_THAT(ChooseCanaryLanes(Shops(9), {}).value(), SizeIs(1));
  EXPECT_THAT(ChooseCanaryLanes(Shops(30), {}).value(), SizeIs(3));
  EXPECT_THAT(ChooseCanaryLanes(Shops(200), {}).value(), SizeIs(5));
  EXPECT_THAT(ChooseCanaryLanes(Shops(4), {.lane_count = 10}).value(), SizeIs(3));
}

TEST(LaneChoice, TheOnlyLane_IsBetterThanNone_AndNoneIsNone) {
  EXPECT_THAT(ChooseCanaryLanes(Shops(1), {}).value(), SizeIs(1));
  EXPECT_THAT(ChooseCanaryLanes({}, {}).value(), IsEmpty());
  std::vector<LaneLoad> resting = Shops(1);
  resting[0].can_run = false;
  EXPECT_THAT(ChooseCanaryLanes(resting, {}).value(), IsEmpty());
}

TEST(LaneChoice, TheOperatorsLanes_AreTaken_OrRefusedByName) {
  std::vector<LaneLoad> lanes = Shops(3);
  EXPECT_THAT(ChooseCanaryLanes(lanes, {.lanes = {"s102.orders", "s100.orders"}}).value(),
              ElementsAre("s100.orders", "s102.orders"));
  lanes[1].can_run = false;
  const absl::Status status = ChooseCanaryLanes(lanes, {.lanes = {"s101.orders", "none"}}).status();
  EXPECT_TRUE(HasReason(status, Reason::kInvalidArgument));
  EXPECT_THAT(status.message(), HasSubstr("'s101.orders' is disabled, paused or waits for an operator"));
  EXPECT_THAT(status.message(), HasSubstr("'none' is no lane of this plugin"));
}

}  // namespace
}  // namespace quayside
