#include "host/plugin/reload/lane_router.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace quayside {
namespace {

LaneRouter::Seat SeatOf(int64_t number) { return std::make_shared<GenerationSeat>(nullptr, number); }

TEST(LaneRouter, Nobody_UntilOneIsSet) {
  LaneRouter router;
  EXPECT_EQ(router.TakeActive(), nullptr);
  EXPECT_EQ(router.Take("a"), nullptr);
  router.SetActive(SeatOf(1));
  EXPECT_EQ(router.Take("a")->number, 1);
  router.SetActive(nullptr);
  EXPECT_EQ(router.Take("a"), nullptr);
}

TEST(LaneRouter, ACanary_HasItsLanes_AndEndsWithAFlip) {
  LaneRouter router;
  router.SetActive(SeatOf(1));
  router.SetCanary(SeatOf(2), {"a"});
  EXPECT_EQ(router.Take("a")->number, 2);
  EXPECT_EQ(router.Take("b")->number, 1);
  EXPECT_EQ(router.TakeActive()->number, 1);
  router.EndCanary();
  EXPECT_EQ(router.Take("a")->number, 1);
  router.SetCanary(SeatOf(2), {"a"});
  router.SetActive(SeatOf(3));
  EXPECT_EQ(router.Take("a")->number, 3);
}

TEST(LaneRouter, OneThatIsLeft_GetsNothingMore) {
  LaneRouter router;
  const LaneRouter::Seat one = SeatOf(1);
  const LaneRouter::Seat two = SeatOf(2);
  router.SetActive(one);
  router.SetCanary(two, {"a"});
  router.Leave(two);
  EXPECT_EQ(router.Take("a")->number, 1);
  router.Leave(one);
  EXPECT_EQ(router.Take("a"), nullptr);
}

TEST(LaneRouter, EveryTaking_IsCounted_WhereItWent) {
  LaneRouter router;
  const LaneRouter::Seat one = SeatOf(1);
  const LaneRouter::Seat two = SeatOf(2);
  router.SetActive(one);
  router.SetCanary(two, {"a"});
  (void)router.Take("a");
  (void)router.Take("b");
  (void)router.TakeActive();
  EXPECT_EQ(one->uses.load(), 2);
  EXPECT_EQ(two->uses.load(), 1);
}

TEST(LaneRouter, AClaimThatIsAlone_HasNotWaited) {
  LaneRouter router;
  router.SetActive(SeatOf(1));
  for (int i = 0; i < 100; ++i) (void)router.Take("a");
  EXPECT_EQ(router.TakeLongestWait(), 0);
}

// What a drain relies on: once the flip has returned, whoever holds the old one has been counted.
TEST(LaneRouter, AfterAFlip_NobodyComesToTheOldSeat) {
  LaneRouter router;
  LaneRouter::Seat active = SeatOf(0);
  router.SetActive(active);
  std::atomic<bool> stopping{false};
  std::vector<std::thread> claims;
  for (int t = 0; t < 3; ++t) {
    claims.emplace_back([&] {
      while (!stopping) {
        const LaneRouter::Seat seat = router.Take("a");
        ASSERT_NE(seat, nullptr);
        --seat->uses;
      }
    });
  }
  for (int64_t number = 1; number <= 500; ++number) {
    const LaneRouter::Seat next = SeatOf(number);
    router.SetActive(next);
    // Uses only fall from here on.
    int before = active->uses;
    while (before > 0) {
      const int now = active->uses;
      EXPECT_LE(now, before);
      before = now;
      std::this_thread::yield();
    }
    EXPECT_EQ(active->uses.load(), 0);
    active = next;
  }
  stopping = true;
  for (std::thread& claim : claims) claim.join();
}

}  // namespace
}  // namespace quayside
