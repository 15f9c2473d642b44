// What becomes of a quantity on its way: steps of an inventory lane with a scripted plugin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>

#include "host/sync/testing/steps_fixture.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

class QuantityStepTest : public StepsFixture {};

TEST_F(QuantityStepTest, Done_IsAcceptedAndExplained) {
  Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].quantity(), 12);
  EXPECT_EQ(Target("MUG").state, TargetState::kCurrent);
  EXPECT_EQ(Target("MUG").accepted, 12);
  const auto intents = world_.Read([](ReadTx& tx) { return tx.ListIntents("acc", {IntentState::kDone}, 10); });
  ASSERT_EQ(intents.size(), 1u);
  EXPECT_THAT(intents[0].explanation, HasSubstr("\"available\":12"));
  const auto gate = world_.Read([](ReadTx& tx) { return tx.FindGate("de"); });
  ASSERT_TRUE(gate.has_value());
  EXPECT_EQ(gate->sent_us, world_.now()) << "last inventory sync";
}

// A quantity that several channels share is decided by one of them and sent for all.
TEST_F(QuantityStepTest, LastInventorySync_IsThatOfEveryChannelThatShowsTheNumber) {
  const int64_t item = Stock("MUG", 12);
  const ChannelRecord off = world_.AddChannel("fr", [](ChannelRecord& channel) { channel.enabled = false; });
  const ChannelRecord other = world_.AddChannel("uk");
  world_.AddListing(off, "MUG", item);
  world_.AddListing(other, "MUG", item);
  world_.AddChannel("it");
  world_.Write([](Tx& tx) { return tx.PutGate({.channel_id = "uk", .account_id = "acc"}); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(Target("MUG").owner_channel_id, "de");
  const auto gate = [&](const std::string& channel) {
    return world_.Read([&](ReadTx& tx) { return tx.FindGate(channel); }).value();
  };
  EXPECT_EQ(gate("de").sent_us, world_.now());
  EXPECT_EQ(gate("uk").sent_us, world_.now());
  EXPECT_EQ(gate("uk").state, GateState::kFirst);
  EXPECT_EQ(gate("uk").reason, "") << "nothing of it was stopped";
  EXPECT_EQ(gate("fr").sent_us, 0) << "it is off";
  EXPECT_EQ(gate("it").sent_us, 0) << "it lists nothing of it";
}

TEST_F(QuantityStepTest, EverySubmission_IsKeptForItsTime_AndTheLastTenForEver) {
  submissions_us_ = kDayUs;
  const int64_t item = Stock("MUG", 100);
  ASSERT_TRUE(PushDone().status.ok());
  const auto send = [&](int count) {
    for (int n = 0; n < count; ++n) {
      world_.SetLevel(item, Target("MUG").wanted.value_or(0) - 1);
      ASSERT_TRUE(PushDone().status.ok());
    }
  };
  const auto kept = [&] {
    return world_.Read([](ReadTx& tx) { return tx.ListIntentsOfTarget("acc", "MUG", 0, 100); }).size();
  };
  send(19);
  EXPECT_EQ(kept(), 20u);
  world_.clock.Advance(kDayUs + kSecondUs);
  send(1);
  EXPECT_EQ(kept(), 10u) << "those of more than a day ago are gone, but for the last ten of all";
  send(10);
  EXPECT_EQ(kept(), 11u);
  submissions_us_ = 0;
  send(1);
  EXPECT_EQ(kept(), 10u);
}

TEST_F(QuantityStepTest, Submissions_AreKeptForEver_WhenSomebodyWantsThat) {
  submissions_us_ = std::numeric_limits<DurationUs>::max();
  const int64_t item = Stock("MUG", 100);
  ASSERT_TRUE(PushDone().status.ok());
  for (int n = 0; n < 14; ++n) {
    world_.clock.Advance(400 * kDayUs);
    world_.SetLevel(item, Target("MUG").wanted.value_or(0) - 1);
    ASSERT_TRUE(PushDone().status.ok());
  }
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.ListIntentsOfTarget("acc", "MUG", 0, 100); }).size(), 15u);
}

TEST_F(QuantityStepTest, AnOutage_LeavesItsFirstAndLastAttempt_AndWhatWasSentBeforeStays) {
  submissions_us_ = std::numeric_limits<DurationUs>::max();
  const int64_t item = Stock("MUG", 100);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 90);
  for (int n = 0; n < 40; ++n) {
    (void)PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_retry(); });
    world_.clock.Advance(kHourUs);
  }
  ASSERT_TRUE(PushDone().status.ok());
  const auto kept = world_.Read([](ReadTx& tx) { return tx.ListIntentsOfTarget("acc", "MUG", 0, 100); });
  ASSERT_EQ(sent_.size(), 42u);
  EXPECT_EQ(kept.size(), 12u) << "the last ten, the first of the outage, and what came before";
  EXPECT_EQ(kept.back().quantity, 100);
  EXPECT_EQ(kept[10].quantity, 90);
}

TEST_F(QuantityStepTest, Events_NameTheListingAsTheApiDoes) {
  Stock("A b/%", 12);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(world_.EventTypes(), ::testing::ElementsAre("quantity.accepted"));
  EXPECT_THAT(world_.EventResources(), ::testing::ElementsAre("channels/de/listings/A%20b%2F%25"));
}

TEST_F(QuantityStepTest, Zero_GoesFirst) {
  manifest_.mutable_contracts(1)->set_max_items(1);
  Stock("FULL", 9);
  Stock("EMPTY", 0);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].sku(), "EMPTY");
}

TEST_F(QuantityStepTest, Rejected_ParksUntilSomethingChanges) {
  const int64_t item = Stock("MUG", 12);
  const auto reject = [](const pb::QuantityIntent&, pb::Outcome& outcome) {
    outcome.mutable_rejected()->set_reason("NO");
  };
  ASSERT_TRUE(PushAll(reject).status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kParked);
  ASSERT_TRUE(PushAll(reject).status.ok());
  EXPECT_EQ(sent_.size(), 1u) << "a parked target is left alone";
  world_.SetLevel(item, 11);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 11);
}

TEST_F(QuantityStepTest, Unknown_IsSentAgain) {
  Stock("MUG", 12);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_unknown(); }).status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kDirty);
  world_.clock.Advance(10 * kMinuteUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_EQ(Target("MUG").accepted, 12);
}

TEST_F(QuantityStepTest, AMissingOutcome_IsUnknown) {
  Stock("MUG", 12);
  plugin_.answer = [](const std::string&, const std::string&) { return pb::PushReply().SerializeAsString(); };
  ASSERT_TRUE(RunQuantityStep(Inputs(Lane(Job::kInventory))).status.ok());
  EXPECT_THAT(Target("MUG").note, HasSubstr("unknown"));
  EXPECT_TRUE(Target("MUG").accepted_stale);
}

TEST_F(QuantityStepTest, AnIntentFoundWithoutOutcome_IsSentAgain) {
  Stock("MUG", 12);
  // The host died after the intent was durable: the plugin was asked and nothing came of it here.
  plugin_.answer = [](const std::string&, const std::string&) -> absl::StatusOr<std::string> {
    throw std::runtime_error("killed");
  };
  EXPECT_THROW((void)RunQuantityStep(Inputs(Lane(Job::kInventory))), std::runtime_error);
  EXPECT_EQ(Target("MUG").state, TargetState::kInFlight);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  EXPECT_EQ(Target("MUG").may_show, 12) << "it may have come into force before the host died";
  // Forced: a number that was refused does not go again by itself.
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
    target.state = TargetState::kChanged;
    target.note.clear();
  });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 12);
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.ListIntents("acc", {IntentState::kUnknown}, 10); }).size(), 1u);
}

TEST_F(QuantityStepTest, AChangeWhileInFlight_IsSentAfterwards) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent& intent, pb::Outcome& outcome) {
                if (intent.quantity() == 12) world_.SetLevel(item, 7);
                outcome.mutable_done();
              }).status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kChanged);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 7);
}

TEST_F(QuantityStepTest, UnknownFulfilment_IsReadFirst_AndNeverGuessed) {
  Stock("MUG", 12, Fulfilment::kUnknown);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_TRUE(sent_.empty());
  EXPECT_THAT(plugin_.methods, ::testing::ElementsAre("read_back"));
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
}

TEST_F(QuantityStepTest, NeverSendsForAListingTheMarketplaceFulfils) {
  Stock("FBA", 12, Fulfilment::kMarketplace);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(Target("FBA").state, TargetState::kNone);
}

TEST_F(QuantityStepTest, ARaiseWaitsForOrders_ALoweringDoesNot) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  brings_orders_ = true;
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(item, 8);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_THAT(Target("MUG").note, HasSubstr("acc"));
  world_.SetLevel(item, 3);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 3);
  world_.SetLevel(item, 9);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  ASSERT_TRUE(PullPage(Page({}, world_.now() + 1)).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 9);
}

TEST_F(QuantityStepTest, ARefusedRaise_DoesNotShow_SoLessThanItWaits) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 14);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  brings_orders_ = true;
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(item, 12);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
}

TEST_F(QuantityStepTest, AnIndexThatIsNotBuilt_OnlyCostsTheOrder) {
  index_.Doubt();
  Stock("MUG", 5);
  Stock("CUP", 0);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 5);
  EXPECT_EQ(Target("CUP").accepted, 0);
}

TEST_F(QuantityStepTest, RefusedCredentials_FailTheStep_AndTheQuantityWaits) {
  Stock("MUG", 12);
  plugin_.answer = [](const std::string&, const std::string&) -> absl::StatusOr<std::string> {
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, "refused");
  };
  const StepOutcome outcome = RunQuantityStep(Inputs(Lane(Job::kInventory)));
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Target("MUG").state, TargetState::kDirty);
  EXPECT_FALSE(Target("MUG").accepted.has_value());
}

}  // namespace
}  // namespace quayside
