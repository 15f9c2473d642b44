#include "tests/oversell/wire_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/time.h"
#include "tests/engine_world/engine_world.h"

namespace quayside {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TimeUs kNoon = 43'200 * kSecondUs;

OracleSubmission Written(TimeUs time_us, int32_t quantity, std::optional<int64_t> rule) {
  return {.revision = 1,
          .time_us = time_us,
          .account_id = EngineWorld::kAccount,
          .sku = "MUG",
          .channel_id = "uk",
          .quantity = quantity,
          .rule = rule};
}

json::object Arrived(TimeUs time_us, const char* by, int64_t quantity) {
  return {{"seller", EngineWorld::kSeller}, {"sku", "MUG"}, {"by", by}, {"time_us", time_us}, {"new", quantity}};
}

TEST(WireCheckTest, TheNewestNumber_MayArrive_ByWhateverWay) {
  for (const char* by : {"patch", "feed"}) {
    const WireCheck check = CheckWire({Written(kNoon, 5, 5), Written(kNoon + 10, 4, 4)}, {Arrived(kNoon + 20, by, 4)});
    EXPECT_THAT(check.problems, IsEmpty());
    EXPECT_EQ(check.arrived, 1);
    EXPECT_EQ(check.older, 0);
  }
}

TEST(WireCheckTest, AnOlderNumber_MayComeLate_ByADocumentAlone) {
  const std::vector<OracleSubmission> written = {Written(kNoon, 5, 5), Written(kNoon + 10, 4, 4)};
  EXPECT_THAT(CheckWire(written, {Arrived(kNoon + 20, "patch", 5)}).problems,
              ElementsAre(HasSubstr("not the newest that was written down: 4 at revision 1, 10 us before")));
  const WireCheck by_feed = CheckWire(written, {Arrived(kNoon + 20, "feed", 5)});
  EXPECT_THAT(by_feed.problems, IsEmpty());
  EXPECT_EQ(by_feed.older, 1);
}

TEST(WireCheckTest, WhatIsWrittenDownAtTheVeryTime_MayBeLater) {
  EXPECT_THAT(CheckWire({Written(kNoon, 5, 5), Written(kNoon + 20, 4, 4)}, {Arrived(kNoon + 20, "patch", 5)}).problems,
              IsEmpty());
}

TEST(WireCheckTest, ANumberThatNobodyWroteDown_IsAProblem) {
  for (const char* by : {"patch", "feed"}) {
    EXPECT_THAT(CheckWire({Written(kNoon, 5, 5)}, {Arrived(kNoon + 20, by, 6)}).problems,
                ElementsAre(HasSubstr("which nobody wrote down")));
    EXPECT_THAT(CheckWire({Written(kNoon + 30, 6, 6)}, {Arrived(kNoon + 20, by, 6)}).problems,
                ElementsAre(HasSubstr("which nobody wrote down")));
  }
  EXPECT_EQ(CheckWire({}, {Arrived(kNoon, "order", 6)}).arrived, 0) << "buyers' changes are theirs";
}

TEST(WireCheckTest, ASubmission_IsTheRuleAtItsRevision) {
  const WireCheck check = CheckWire({Written(1, 6, 5), Written(2, 4, 5), Written(3, 1, std::nullopt)}, {});
  EXPECT_EQ(check.exceeded, 2);
  EXPECT_EQ(check.below, 1);
  EXPECT_EQ(check.problems.size(), 3u);
}

}  // namespace
}  // namespace quayside
