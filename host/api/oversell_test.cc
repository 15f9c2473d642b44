// How long a channel showed too much, in its account's inventory lane.
#include <gmock/gmock.h>

#include "host/api/world_for_tests.h"
#include "host/inventory/log_histogram.h"
#include "host/inventory/oversell_window.h"

namespace quayside {
namespace {

struct OversellWorld : ApiWorld {
  OversellWorld() {
    MakeAccount();
    MakeChannel("uk");
    EXPECT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/uk'").ok());
    engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
    engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  }
  void PutHour(TimeUs begin, const std::vector<DurationUs>& windows) {
    LogHistogram histogram;
    for (const DurationUs window : windows) histogram.Add(window);
    Write([&](Tx& tx) {
      return tx.PutOversellHour(
          {.account_id = "amz", .channel_id = "uk", .begin_us = begin, .windows = histogram.ToText()});
    });
  }
  void PutOpen(TimeUs since) {
    Write([&](Tx& tx) {
      return tx.PutTarget({.account_id = "amz",
                           .sku = "MUG",
                           .owner_channel_id = "uk",
                           .state = TargetState::kParked,
                           .wanted = 1,
                           .lowered_us = since});
    });
  }
  api::Lane Lane(const std::string& job) { return Ask(&Syncs::GetLane, "name: 'lanes/amz." + job + "'")->lane(); }
};

TEST(OversellTest, WithoutAnyWindow_NothingIsShown) {
  OversellWorld world;
  EXPECT_EQ(world.Lane("inventory").oversell_windows_size(), 0);
}

TEST(OversellTest, TheHoursThatCount_AreAddedUp_AndOpenOnesShown) {
  OversellWorld world;
  const TimeUs now = world.clock.Now();
  world.PutHour(OversellHourOf(now), {2 * kMillisecondUs});
  world.PutHour(FirstOversellHour(now), {3 * kMillisecondUs, 5 * kSecondUs});
  world.PutHour(FirstOversellHour(now) - kOversellHourUs, {kHourUs});
  world.PutOpen(now - kMinuteUs);
  const api::Lane lane = world.Lane("inventory");
  ASSERT_EQ(lane.oversell_windows_size(), 1);
  const api::OversellWindow& window = lane.oversell_windows(0);
  EXPECT_EQ(window.channel(), "channels/uk");
  EXPECT_EQ(window.closed(), 3);
  EXPECT_EQ(window.p50().seconds(), 0);
  EXPECT_EQ(window.p50().nanos(), 3'000'000);
  EXPECT_EQ(window.p99().seconds(), 5);
  EXPECT_EQ(window.longest().seconds(), 5);
  EXPECT_EQ(window.open(), 1);
  EXPECT_EQ(window.oldest_open_time().seconds(), (now - kMinuteUs) / kSecondUs);
  EXPECT_EQ(world.Lane("orders").oversell_windows_size(), 0);
  const auto all = world.Ask(&Syncs::ListLanes, "");
  ASSERT_TRUE(all.ok());
  int shown = 0;
  for (const api::Lane& one : all->lanes()) shown += one.oversell_windows_size();
  EXPECT_EQ(shown, 1);
}

// Its targets are not decided meanwhile, so their rows say what they said when it was switched off.
TEST(OversellTest, AChannelThatIsOff_HasNoneOpen_AndBeginsAnewWhenItIsOn) {
  OversellWorld world;
  const TimeUs since = world.clock.Now() - kHourUs;
  world.PutOpen(since);
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/uk'").ok());
  EXPECT_EQ(world.Lane("inventory").oversell_windows_size(), 0);
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/uk'").ok());
  const api::Lane lane = world.Lane("inventory");
  ASSERT_EQ(lane.oversell_windows_size(), 1);
  EXPECT_GT(lane.oversell_windows(0).oldest_open_time().seconds(), since / kSecondUs);
}

}  // namespace
}  // namespace quayside
