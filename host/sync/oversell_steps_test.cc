// For how long a channel may have shown too much, by the steps that send its quantities.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "host/inventory/channel_oversell.h"
#include "host/sync/testing/steps_fixture.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

class OversellStepsTest : public StepsFixture {};

// Windows of channel "de" that closed, in whole seconds at the most, and those open.
std::pair<std::vector<int64_t>, int64_t> Oversells(StoreWorld& world) {
  std::vector<int64_t> seconds;
  int64_t open = 0;
  for (const ChannelOversell& channel :
       world.Read([&](ReadTx& tx) { return ReadOversells(tx, "acc", world.clock.Now()); })) {
    EXPECT_EQ(channel.channel_id, "de");
    open += channel.open;
    for (int64_t n = 1; n <= channel.closed.count(); ++n)
      seconds.push_back(channel.closed.Quantile(static_cast<int>(1000 * n / channel.closed.count())).value() /
                        kSecondUs);
  }
  return {seconds, open};
}

TEST_F(OversellStepsTest, TheOversellWindow_IsFromTheChangeToTheAcknowledgement_AndARaiseHasNone) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::IsEmpty()) << "nobody knew what was shown";
  world_.SetLevel(item, 9);
  world_.clock.Advance(2 * kSecondUs);
  world_.SetLevel(item, 7);
  world_.clock.Advance(3 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::ElementsAre(5)) << "from the first of two changes";
  world_.SetLevel(item, 20);
  world_.clock.Advance(kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 20);
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{5}, int64_t{0}));
}

TEST_F(OversellStepsTest, TheOversellWindow_StaysOpen_WhileTheOutcomeIsUnknown_RefusedOrPutOff) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 9);
  (void)PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_unknown(); });
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>(), int64_t{1}));
  world_.clock.Advance(kHourUs);
  (void)PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
    outcome.mutable_retry()->set_at_us(world_.clock.Now() + kHourUs);
  });
  EXPECT_EQ(Oversells(world_).second, 1);
  world_.clock.Advance(kHourUs);
  (void)PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_rejected()->set_reason("NO"); });
  EXPECT_EQ(Target("MUG").state, TargetState::kParked);
  EXPECT_EQ(Oversells(world_).second, 1) << "what is refused is still shown";
  world_.SetLevel(item, 8);
  ASSERT_TRUE(PushDone().status.ok());
  const auto [closed, open] = Oversells(world_);
  ASSERT_THAT(closed, testing::SizeIs(1));
  EXPECT_EQ(closed[0], 2 * 3600) << "from the first change on";
  EXPECT_EQ(open, 0);
}

TEST_F(OversellStepsTest, TheOversellWindow_OfAChangeWhileTheNumberTravels_BeginsWithThatChange) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 9);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent& intent, pb::Outcome& outcome) {
                if (intent.quantity() == 9) {
                  world_.clock.Advance(kSecondUs);
                  world_.SetLevel(item, 4);
                  world_.clock.Advance(kSecondUs);
                }
                outcome.mutable_done();
              }).status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::ElementsAre(2)) << "the 4 is not decided yet";
  world_.clock.Advance(5 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{2, 6}, int64_t{0}));
}

TEST_F(OversellStepsTest, TheOversellWindow_OfARule_BeginsWhenTheRuleChanged) {
  Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  channel_.config.max_listed_quantity = 5;
  ++channel_.config_revision;
  world_.clock.Advance(kMinuteUs);
  channel_.updated_us = world_.clock.Now();
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  world_.clock.Advance(3 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{3}, int64_t{0}));
}

TEST_F(OversellStepsTest, OversellWindows_OfMoreThanADayAgo_AreGone) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 9);
  world_.clock.Advance(kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  world_.clock.Advance(25 * kHourUs);
  EXPECT_THAT(Oversells(world_).first, testing::IsEmpty());
  world_.SetLevel(item, 8);
  world_.clock.Advance(2 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::ElementsAre(2));
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.ListOversellHours("acc", 0); }).size(), 1u)
      << "the old hour is deleted";
}

// The document that it passed came into force while the answer was on its way: which came last, nobody knows.
TEST_F(OversellStepsTest, TheOversellWindow_IsNotClosedByAnItem_WhoseDocumentEndedMeanwhile) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 2);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                if (sent_.size() == 2) {
                  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
                    target.passed_bulk = true;
                    target.accepted_stale = true;
                    target.may_show = 50;
                    ++target.version;
                  });
                  world_.clock.Advance(kSecondUs);
                }
                outcome.mutable_done();
              }).status.ok());
  EXPECT_EQ(Target("MUG").may_show, 50);
  EXPECT_FALSE(Target("MUG").passed_bulk);
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>(), int64_t{1}));
  world_.clock.Advance(2 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{3}, int64_t{0}));
}

TEST_F(OversellStepsTest, LessThanARaiseOfUnknownOutcome_DoesNotWait) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  const auto unknown = [](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_unknown(); };
  world_.SetLevel(item, 14);
  ASSERT_TRUE(PushAll(unknown).status.ok());
  EXPECT_EQ(Target("MUG").may_show, 14);
  brings_orders_ = true;
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(item, 15);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld) << "more than may show is a raise";
  world_.SetLevel(item, 12);
  ASSERT_TRUE(PushAll(unknown).status.ok());
  ASSERT_FALSE(sent_.empty());
  EXPECT_EQ(sent_.back().quantity(), 12);
  EXPECT_EQ(Oversells(world_).second, 1);
  world_.SetLevel(item, 13);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 13) << "14 may still be shown";
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  EXPECT_EQ(Oversells(world_).second, 0);
}

}  // namespace
}  // namespace quayside
