#include "host/sync/lane_table.h"

#include <gtest/gtest.h>

#include "host/sync/backoff.h"

namespace quayside {
namespace {

Lane MakeLane(const std::string& id, const std::string& account, TimeUs due_us) {
  Lane lane;
  lane.record.id = id;
  lane.record.account_id = account;
  lane.enabled = true;
  lane.due_us = due_us;
  return lane;
}

std::string Pop(LaneTable& table, TimeUs now, int limit = 2) {
  Lane* lane = table.PopDue(now, limit);
  if (lane == nullptr) return "";
  lane->claim = std::make_shared<Claim>();
  return lane->record.id;
}

TEST(LaneTable, GivesDueLanesInOrder_AndNothingEarly) {
  LaneTable table;
  table.Upsert(MakeLane("b", "1", 20));
  table.Upsert(MakeLane("a", "2", 10));
  table.Upsert(MakeLane("later", "3", 31));
  EXPECT_EQ(table.NextDue(), 10);
  EXPECT_EQ(Pop(table, 30), "a");
  EXPECT_EQ(Pop(table, 30), "b");
  EXPECT_EQ(Pop(table, 30), "");
  EXPECT_EQ(table.NextDue(), 31);
}

TEST(LaneTable, OfAccount_AreItsOwnAndItsChannels_AndNobodyElses) {
  LaneTable table;
  for (const char* id : {"a.orders", "a.uk.listings", "a-2.orders", "ab.orders", "b.a.listings"})
    table.Upsert(MakeLane(id, "whoever", 1));
  EXPECT_EQ(table.OfAccount("a"), (std::vector<std::string>{"a.orders", "a.uk.listings"}));
  EXPECT_EQ(table.OfAccount("c"), std::vector<std::string>());
}

TEST(LaneTable, SaturatedAccount_DoesNotStarveOthers_AndGoesOnWhenAStepEnds) {
  LaneTable table;
  for (const char* id : {"x1", "x2", "x3"}) table.Upsert(MakeLane(id, "x", 1));
  table.Upsert(MakeLane("y1", "y", 5));
  EXPECT_EQ(Pop(table, 10, 2), "x1");
  EXPECT_EQ(Pop(table, 10, 2), "x2");
  EXPECT_EQ(Pop(table, 10, 2), "y1");
  EXPECT_EQ(Pop(table, 10, 2), "");
  table.ReleaseAccount("x");
  EXPECT_EQ(Pop(table, 10, 2), "x3");
}

TEST(LaneTable, PausedDisabledAndWaitingForAnOperator_DoNotRun) {
  LaneTable table;
  Lane paused = MakeLane("paused", "a", 1);
  paused.record.paused = true;
  Lane disabled = MakeLane("disabled", "a", 1);
  disabled.enabled = false;
  Lane waiting = MakeLane("waiting", "a", 1);
  waiting.record.needs_operator = true;
  for (const Lane& lane : {paused, disabled, waiting}) table.Upsert(lane);
  EXPECT_EQ(Pop(table, 100), "");
  Lane* lane = table.Find("paused");
  lane->record.paused = false;
  table.Requeue(*lane);
  EXPECT_EQ(Pop(table, 100), "paused");
}

TEST(LaneTable, DueWhileItRuns_RunsOnceMore) {
  LaneTable table;
  Lane& lane = table.Upsert(MakeLane("a", "1", kNever));
  table.MakeDue(lane, 5);
  EXPECT_EQ(Pop(table, 5), "a");
  table.MakeDue(lane, 6);
  EXPECT_TRUE(lane.again);
  EXPECT_EQ(Pop(table, 100), "") << "it runs already";
}

TEST(LaneTable, Erase_FencesTheStepThatRuns) {
  LaneTable table;
  table.Upsert(MakeLane("a", "1", 1));
  Lane* lane = table.PopDue(1, 1);
  lane->claim = std::make_shared<Claim>();
  const std::shared_ptr<Claim> claim = lane->claim;
  table.Erase("a");
  EXPECT_TRUE(claim->fenced);
  EXPECT_EQ(table.Find("a"), nullptr);
}

TEST(Backoff, IsBoundedAtEveryAttempt) {
  SeededRng rng(7);
  for (int failures = 1; failures < 60; ++failures) {
    const DurationUs wait = Backoff(failures, rng);
    EXPECT_GE(wait, kShortestBackoffUs);
    EXPECT_LE(wait, kLongestBackoffUs);
    if (failures == 1) {
      EXPECT_LE(wait, kFirstBackoffUs);
    }
  }
}

}  // namespace
}  // namespace quayside
