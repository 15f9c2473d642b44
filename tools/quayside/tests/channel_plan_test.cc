#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;

class ChannelPlanTest : public testing::Test {
 protected:
  // Three rows wait, one of them a zero.
  void Stop() {
    v1::Plan& plan = host.data.plan;
    plan.set_name("channels/uk/plans/3f2a9c0d41be");
    plan.set_channel("channels/uk");
    plan.set_hash("3f2a9c0d41be");
    plan.set_state(v1::PLAN_STATE_WAITING);
    plan.set_why("the brake is on: 1 of 3 listings would go to zero");
    plan.set_rows(3);
    plan.set_zeros(1);
    plan.set_listings(3);
    for (const char* sku : {"A", "B", "C"}) {
      v1::PlanRow& row = host.data.plan_rows.emplace_back();
      row.set_sku(sku);
      row.set_quantity(7);
      row.set_reason("7 available");
    }
    host.data.plan_rows[0].set_quantity(0);
    host.data.plan_rows[0].set_to_zero(true);
    host.data.plan_rows[1].set_quantity_shown(9);
    host.data.plan_rows[2].set_state(v1::PLAN_ROW_STATE_STALE);
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(ChannelPlanTest, Shows_WhatWaits_Why_AndTheCommandsThatEndIt) {
  Stop();
  const CliResult result = world.Run({"channel", "plan", "uk"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("B        9    7  7 available"));
  EXPECT_THAT(result.out, HasSubstr("stale: 7 available"));
  EXPECT_THAT(result.out, HasSubstr("the brake is on: 1 of 3 listings would go to zero"));
  EXPECT_THAT(result.out, HasSubstr("3 quantities of 3 listings would be sent, 1 of them to zero"));
  EXPECT_THAT(result.out, HasSubstr("quayside channel plan apply uk 3f2a9c0d41be"));
  EXPECT_THAT(result.out, HasSubstr("quayside channel plan discard uk 3f2a9c0d41be"));
}

TEST_F(ChannelPlanTest, SaysSo_WhenNothingWaits) {
  host.data.plan.set_channel("channels/uk");
  host.data.plan.set_state(v1::PLAN_STATE_NONE);
  EXPECT_EQ(world.Run({"channel", "plan", "uk"}).out, "nothing of channel uk waits for you\n");
  host.data.plan.set_undecided(2);
  EXPECT_THAT(world.Run({"channel", "plan", "uk"}).out, HasSubstr("2 quantities are being worked out"));
  host.data.plan.set_state(v1::PLAN_STATE_RELEASING);
  EXPECT_EQ(world.Run({"channel", "plan", "uk"}).out, "the plan of channel uk is being carried out\n");
}

TEST_F(ChannelPlanTest, Json_IsThePlan_OrItsRows) {
  Stop();
  EXPECT_THAT(world.Run({"--json", "channel", "plan", "uk"}).out, HasSubstr("\"hash\": \"3f2a9c0d41be\""));
  EXPECT_THAT(world.Run({"--json", "channel", "plan", "uk", "--rows"}).out, HasSubstr("\"sku\": \"C\""));
}

TEST_F(ChannelPlanTest, Apply_NamesThePlan_AndTellsWhatWasSkipped) {
  Stop();
  const CliResult result = world.Run({"channel", "plan", "apply", "uk", "3f2a9c0d41be"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "applied plan 3f2a9c0d41be of channels/uk: 2 quantities go out\n"
            "1 row changed since the plan was shown: skipped, and worked out anew\n");
  const auto requests = host.ledger.All<v1::ApplyPlanRequest>();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].name(), "channels/uk/plans/3f2a9c0d41be");
  EXPECT_FALSE(requests[0].request_id().empty());
}

TEST_F(ChannelPlanTest, Discard_TakesAHash_OrWhateverWaits) {
  EXPECT_EQ(world.Run({"channel", "plan", "discard", "uk"}).exit_code, 0);
  EXPECT_EQ(world.Run({"channel", "plan", "discard", "uk", "3f2a"}).exit_code, 0);
  const auto requests = host.ledger.All<v1::DiscardPlanRequest>();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].name(), "channels/uk");
  EXPECT_EQ(requests[1].name(), "channels/uk/plans/3f2a");
}

TEST_F(ChannelPlanTest, ACommandLineThatLacksSomething_IsAMistake) {
  EXPECT_EQ(world.Run({"channel", "plan"}).exit_code, 2);
  EXPECT_EQ(world.Run({"channel", "plan", "apply", "uk"}).exit_code, 2);
  EXPECT_TRUE(host.ledger.All<v1::ApplyPlanRequest>().empty());
}

TEST_F(ChannelPlanTest, SyncStatus_NamesTheChannelAndTheCommand) {
  v1::Lane& lane = host.data.lanes.emplace_back();
  lane.set_name("lanes/main.inventory");
  v1::StoppedChannel& stopped = *lane.add_stopped_channels();
  stopped.set_channel("channels/uk");
  stopped.set_why("the channel's first quantities wait for your word");
  EXPECT_THAT(world.Run({"sync", "status"}).out,
              HasSubstr("first quantities wait for your word; see it: quayside channel plan uk"));
}

TEST_F(ChannelPlanTest, SyncStatus_TellsHowLongAChannelShowedTooMuch) {
  v1::Lane& lane = host.data.lanes.emplace_back();
  lane.set_name("lanes/main.inventory");
  v1::OversellWindow& window = *lane.add_oversell_windows();
  window.set_channel("channels/uk");
  window.set_closed(214);
  window.mutable_p50()->set_nanos(300'000'000);
  window.mutable_p99()->set_seconds(8);
  window.mutable_longest()->set_seconds(180);
  EXPECT_THAT(world.Run({"sync", "status"}).out,
              HasSubstr("oversell window of channels/uk: p50 0.3 s, p99 8.0 s, longest 3 min of 214 in a day\n"));
  v1::OversellWindow& open = *lane.mutable_oversell_windows(0);
  open.Clear();
  open.set_channel("channels/uk");
  open.set_open(2);
  EXPECT_THAT(world.Run({"sync", "status"}).out,
              HasSubstr("oversell window of channels/uk: 2 open, the oldest since "));
}

TEST_F(ChannelPlanTest, ListingsList_NamesTheCommand_WhenAQuantityIsBraked) {
  v1::Listing& listing = host.data.listings.emplace_back();
  listing.set_name("channels/uk/listings/A");
  listing.set_sku("A");
  listing.set_quantity_state(v1::QUANTITY_STATE_CURRENT);
  EXPECT_THAT(world.Run({"listings", "list", "uk"}).out, testing::Not(HasSubstr("channel plan")));
  host.data.listings[0].set_quantity_state(v1::QUANTITY_STATE_BRAKED);
  EXPECT_THAT(world.Run({"listings", "list", "uk"}).out, HasSubstr("quayside channel plan uk"));
}

}  // namespace
}  // namespace quayside::cli
