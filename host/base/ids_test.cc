#include "host/base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace quayside {
namespace {

constexpr TimeUs kIdEpoch = 1'800'000'000 * kSecondUs;

TEST(IdSource, Increases_WhileTheClockStandsStill) {
  const ManualClock clock(kIdEpoch);
  SeededRng rng(1);
  IdSource ids(clock, rng);
  int64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    const int64_t id = ids.Next();
    ASSERT_GT(id, last);
    last = id;
  }
}

TEST(IdSource, Increases_WhenTheClockGoesBack) {
  ManualClock clock(kIdEpoch);
  SeededRng rng(1);
  IdSource ids(clock, rng);
  const int64_t before = ids.Next();
  clock.Set(kIdEpoch - kDayUs);
  EXPECT_GT(ids.Next(), before);
}

TEST(IdSource, FollowsTime_AndStaysPositiveForCenturies) {
  ManualClock clock(kIdEpoch);
  SeededRng rng(1);
  IdSource ids(clock, rng);
  const int64_t now = ids.Next();
  clock.Advance(2 * kMillisecondUs);
  EXPECT_GT(ids.Next(), now + (1 << 20));
  EXPECT_EQ(now >> 20, kIdEpoch / kMillisecondUs);
  clock.Advance(200 * 365 * kDayUs);
  EXPECT_GT(ids.Next(), 0);
}

TEST(IdSource, GivesEveryThreadIdsOfItsOwn) {
  const ManualClock clock(kIdEpoch);
  SeededRng rng(1);
  IdSource ids(clock, rng);
  std::vector<std::vector<int64_t>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) mine.push_back(ids.Next());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int64_t> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 4000u);
}

TEST(FirstIdAt, IsTheSmallestIdOfThatTime) {
  ManualClock clock(1'767'225'600 * kSecondUs);
  SeededRng rng(3);
  IdSource ids(clock, rng);
  EXPECT_GE(ids.Next(), FirstIdAt(clock.Now()));
  EXPECT_LT(ids.Next(), FirstIdAt(clock.Now() + kMillisecondUs));
  EXPECT_EQ(FirstIdAt(0), 0);
  EXPECT_EQ(FirstIdAt(-kDayUs), 0);
  EXPECT_EQ(FirstIdAt(INT64_MAX), INT64_MAX) << "later than any id can be";
}

TEST(SeededRng, RepeatsUnderASeedAndStaysBelowTheBound) {
  SeededRng one(42);
  SeededRng two(42);
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = one.Below(10);
    EXPECT_EQ(value, two.Below(10));
    EXPECT_LT(value, 10u);
  }
  EXPECT_EQ(one.Below(0), 0u);
}

}  // namespace
}  // namespace quayside
