// Old events go, by a clock that a test moves.
#include "host/sync/event_sweep.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/base/errors.h"
#include "host/inventory/testing/store_world.h"
#include "host/ops/housekeeping.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EventSweepTest : public ::testing::Test {
 protected:
  // As many as one transaction writes.
  void Happen(int count) {
    world_.Write([&](Tx& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        QS_RETURN_IF_ERROR(tx.AppendEvent({.time_us = world_.now(), .type = "stock.set"}).status());
      }
      return absl::OkStatus();
    });
  }
  std::vector<int64_t> Kept() {
    std::vector<int64_t> revisions;
    for (const EventRecord& event : world_.Read([](ReadTx& tx) { return tx.ListEvents({.limit = 100'000}); })) {
      revisions.push_back(event.revision);
    }
    return revisions;
  }
  void Sweep(DurationUs keep_us) { EventSweep(world_.store(), world_.clock, *logger_, keep_us).Run(); }
  CompactedPiece Compact(int limit) {
    const auto piece = CompactPiece(world_.store(), world_.now() - kDayUs, limit);
    EXPECT_TRUE(piece.ok()) << piece.status();
    return piece.value_or(CompactedPiece{});
  }

  StoreWorld world_;
  const std::unique_ptr<Logger> logger_ = MakeNullLogger();
};

TEST_F(EventSweepTest, WhatIsOlderThanItIsKept_Goes_AndTheRestStays) {
  Happen(2);
  world_.clock.Advance(kDayUs);
  Happen(1);
  world_.clock.Advance(kDayUs);
  Happen(1);
  Sweep(kDayUs + 1);
  EXPECT_THAT(Kept(), ElementsAre(3, 4));
  EXPECT_EQ(world_.LastRevision(), 4);
}

TEST_F(EventSweepTest, WithoutALimit_NothingGoes) {
  Happen(2);
  world_.clock.Advance(10'000 * kDayUs);
  Sweep(0);
  EXPECT_THAT(Kept(), ElementsAre(1, 2));
}

TEST_F(EventSweepTest, TheNewestTransaction_StaysHoweverOldItIs) {
  Happen(1);
  world_.clock.Advance(1);
  Happen(2);
  world_.clock.Advance(1'000 * kDayUs);
  Sweep(kDayUs);
  EXPECT_THAT(Kept(), ElementsAre(2, 3));
}

TEST_F(EventSweepTest, WithoutAnyEvent_NothingHappens) {
  Sweep(kDayUs);
  EXPECT_THAT(Kept(), IsEmpty());
}

TEST_F(EventSweepTest, ATransaction_GoesAsAWhole) {
  Happen(2);
  world_.clock.Advance(1);
  Happen(3);
  world_.clock.Advance(1);
  Happen(1);
  world_.clock.Advance(2 * kDayUs);
  const CompactedPiece first = Compact(4);
  EXPECT_EQ(first.events, 2);
  EXPECT_TRUE(first.more);
  EXPECT_THAT(Kept(), ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(Compact(4).events, 3);
  EXPECT_THAT(Kept(), ElementsAre(6));
  EXPECT_EQ(Compact(4).events, 0);
}

TEST_F(EventSweepTest, ATransactionLargerThanAPiece_GoesAllTheSame) {
  Happen(7);
  world_.clock.Advance(1);
  Happen(1);
  world_.clock.Advance(2 * kDayUs);
  EXPECT_EQ(Compact(3).events, 3);
  EXPECT_EQ(Compact(3).events, 3);
  EXPECT_EQ(Compact(3).events, 1);
  EXPECT_THAT(Kept(), ElementsAre(8));
}

TEST_F(EventSweepTest, BehindAYoungerEvent_NothingGoes) {
  world_.clock.Advance(kDayUs);
  Happen(1);
  world_.clock.Set(kWorldStartUs);
  Happen(1);
  Happen(1);
  world_.clock.Set(kWorldStartUs + 3 * kDayUs / 2);
  Sweep(kDayUs);
  EXPECT_THAT(Kept(), ElementsAre(1, 2, 3));
}

TEST_F(EventSweepTest, ALongLog_IsDeletedInOneSweep) {
  for (int i = 0; i < 30; ++i) {
    Happen(100);
    world_.clock.Advance(1);
  }
  world_.clock.Advance(2 * kDayUs);
  Sweep(kDayUs);
  EXPECT_EQ(Kept().size(), 100U);
}

// As the host does it: whenever its clock says so, on a thread of its own.
TEST_F(EventSweepTest, TheHousekeeping_DeletesWhatGrowsOld) {
  Happen(1);
  world_.clock.Advance(kMinuteUs);
  Happen(1);
  EventSweep sweep(world_.store(), world_.clock, *logger_, kDayUs);
  int64_t runs = 0;
  std::mutex mutex;
  std::condition_variable ran;
  const Housekeeping housekeeping(world_.clock, kBetweenEventSweepsUs, [&] {
    sweep.Run();
    const std::lock_guard<std::mutex> guard(mutex);
    ++runs;
    ran.notify_all();
  });
  for (int64_t expected = 1; expected <= 2; ++expected) {
    std::unique_lock<std::mutex> lock(mutex);
    while (runs < expected) {
      // Its thread may not wait yet; it counts from when it does.
      world_.clock.Advance(kDayUs);
      ran.wait_for(lock, std::chrono::milliseconds(10), [&] { return runs >= expected; });
    }
  }
  EXPECT_THAT(Kept(), ElementsAre(2));
}

}  // namespace
}  // namespace quayside
