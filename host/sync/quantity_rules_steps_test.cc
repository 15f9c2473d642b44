// Changes of a channel's and an item's rules, by the steps that send what follows from them.
#include <gtest/gtest.h>

#include "host/inventory/items.h"
#include "host/listings/listing_rules.h"
#include "host/listings/mapping.h"
#include "host/store/forced_note.h"
#include "host/sync/testing/steps_fixture.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

class QuantityRulesStepsTest : public StepsFixture {};

TEST_F(QuantityRulesStepsTest, ARuleOfTheChannel_WritesOnlyWhatFollowsFromIt) {
  Stock("FEW", 5);
  Stock("MANY", 50);
  ASSERT_TRUE(PushDone().status.ok());
  const int64_t few_version = Target("FEW").version;
  const int64_t many_version = Target("MANY").version;
  channel_.config.max_listed_quantity = 20;
  ++channel_.config_revision;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MANY").accepted, 20);
  EXPECT_GT(Target("MANY").version, many_version);
  EXPECT_EQ(Target("FEW").version, few_version);
  EXPECT_EQ(sent_.size(), 3u);
}

// The number was decided before the rule changed, and is decided once more when it is its turn.
TEST_F(QuantityRulesStepsTest, ARaiseByARule_WaitsForOrdersThatAreNewerThanTheRule) {
  Stock("MUG", 50);
  channel_.config.max_listed_quantity = 10;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(Target("MUG").accepted, 10);
  brings_orders_ = true;
  ASSERT_TRUE(PullPage(Page({}, world_.now())).status.ok());
  world_.clock.Advance(kMinuteUs);
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
    target.state = TargetState::kDirty;
    target.wanted = 9;
  });
  world_.store().Follow(nullptr);
  index_.Doubt();
  channel_.config.max_listed_quantity = 20;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_EQ(Target("MUG").wanted, 20);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(QuantityRulesStepsTest, ARuleThatChangesWhileTheNumberTravels_IsNotForgotten) {
  Stock("MUG", 50);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent& intent, pb::Outcome& outcome) {
                if (intent.quantity() == 50) {
                  channel_.config.max_listed_quantity = 20;
                  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
                }
                outcome.mutable_done();
              }).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 20);
}

TEST_F(QuantityRulesStepsTest, ARefusedQuantity_IsTriedAgain_WhenTheChannelsRulesChange_EvenToTheSameNumber) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  ASSERT_EQ(Target("MUG").state, TargetState::kParked);
  world_.clock.Advance(kMinuteUs);
  channel_.config.max_listed_quantity = 20;
  channel_.updated_us = world_.now();
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 5);
}

// A shop whose number is refused for good, and always the same while the stock is enough for it.
class RefusedQuantityTest : public QuantityRulesStepsTest {
 protected:
  RefusedQuantityTest() {
    channel_.config.max_listed_quantity = 5;
    world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
    item_ = Stock("MUG", 20);
    Refuse();
  }
  void Refuse() {
    EXPECT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                  outcome.mutable_rejected()->set_reason("NO");
                }).status.ok());
    EXPECT_EQ(Target("MUG").state, TargetState::kParked);
    world_.clock.Advance(kMinuteUs);
  }
  void Force() {
    world_.Write([&](Tx& tx) {
      return tx.ForceTargets({.channel_id = "de", .after_sku = "", .looked_at = 10}, world_.now()).status();
    });
  }

  int64_t item_ = 0;
};

TEST_F(RefusedQuantityTest, ItStaysParked_HoweverTheStockChanges_WhileTheNumberIsTheSame) {
  for (const int64_t level : {19, 18, 30}) {
    world_.SetLevel(item_, level);
    Refuse();
  }
  EXPECT_EQ(sent_.size(), 1u);
  EXPECT_EQ(Target("MUG").note, "refused: NO: ");
  world_.SetLevel(item_, 4);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 4);
}

TEST_F(RefusedQuantityTest, ASaleOfIt_DoesNotSendTheSameNumberAgain) {
  world_.Write([](Tx& tx) { return tx.MarkTargetSold("acc", "MUG"); });
  world_.SetLevel(item_, 19);
  Refuse();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(RefusedQuantityTest, ItIsTriedAgain_WhenItsOwnRuleItsLinkOrSomebodyWantsIt) {
  world_.Write([&](Tx& tx) {
    return ChangeListing(tx, world_.now(), "de", "MUG", {.max_listed_quantity = std::optional<int32_t>(5)}).status();
  });
  Refuse();
  EXPECT_EQ(sent_.size(), 2u) << "the rule is its own now";
  world_.Write([&](Tx& tx) { return LinkListing(tx, world_.now(), "de", "MUG", item_, 2).status(); });
  Refuse();
  EXPECT_EQ(sent_.size(), 3u) << "two units each, and still enough";
  Force();
  Refuse();
  EXPECT_EQ(sent_.size(), 4u);
}

TEST_F(RefusedQuantityTest, ForcedWhileItIsOnItsWay_ItGoesOnceMoreAfterTheRefusal_AndThatRefusalIsTheLast) {
  Force();
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                Force();
                EXPECT_EQ(Target("MUG").note, kForcedInFlightNote);
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_NE(Target("MUG").state, TargetState::kParked);
  Refuse();
  EXPECT_EQ(sent_.size(), 3u) << "the wish was for one more";
  EXPECT_EQ(Target("MUG").note, "refused: NO: ");
  world_.SetLevel(item_, 19);
  Refuse();
  EXPECT_EQ(sent_.size(), 3u);
}

// Taken at first, refused when it is asked for.
TEST_F(RefusedQuantityTest, ForcedWhileTheMarketplaceWorksOnIt_ItGoesOnceMore_WhateverElseChangedMeanwhile) {
  Force();
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_accepted()->set_handle("h");
              }).status.ok());
  ASSERT_EQ(Target("MUG").state, TargetState::kInFlight);
  Force();
  world_.SetLevel(item_, 19);
  int pushed = 0;
  const auto refuse = [](const pb::QuantityIntent& intent, auto& reply) {
    pb::Outcome* outcome = reply.add_outcomes();
    outcome->set_intent_id(intent.intent_id());
    outcome->mutable_rejected()->set_reason("NO");
  };
  plugin_.answer = [&](const std::string& method, const std::string& bytes) {
    if (method == "poll") {
      pb::PollRequest request;
      EXPECT_TRUE(request.ParseFromString(bytes));
      pb::PollReply reply;
      for (const pb::AcceptedIntents& accepted : request.accepted()) {
        for (const pb::QuantityIntent& intent : accepted.intents()) refuse(intent, reply);
      }
      return reply.SerializeAsString();
    }
    pb::PushRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    pb::PushReply reply;
    for (const pb::QuantityIntent& intent : request.intents()) refuse(intent, reply);
    ++pushed;
    return reply.SerializeAsString();
  };
  ASSERT_TRUE(RunQuantityStep(Inputs(Lane(Job::kInventory))).status.ok());
  EXPECT_EQ(pushed, 1) << "of the same step";
  Refuse();
  EXPECT_EQ(sent_.size(), 2u) << "and not again";
}

// As before: a change that leaves the number as it is asks for nothing.
TEST_F(RefusedQuantityTest, AChangeWhileItIsOnItsWay_ThatLeavesTheNumber_DoesNotSendItAgain) {
  Force();
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                world_.SetLevel(item_, 19);
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  Refuse();
  EXPECT_EQ(sent_.size(), 2u);
}

// It goes once more because nobody knows the first one's end; that is what the force wanted.
TEST_F(RefusedQuantityTest, ForcedWhileItIsOnItsWay_AndOfUnknownOutcome_TheNextRefusalIsTheLast) {
  Force();
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                Force();
                outcome.mutable_unknown();
              }).status.ok());
  world_.clock.Advance(kHourUs);
  Refuse();
  Refuse();
  EXPECT_EQ(sent_.size(), 3u);
}

TEST_F(QuantityRulesStepsTest, AHandlingTimeOfTheChannel_SendsTheNumberAgain_WithIt_AndOnce) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_FALSE(sent_.back().has_latency_days());
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_.back().quantity(), 5);
  EXPECT_EQ(sent_.back().latency_days(), 3);
  EXPECT_EQ(Target("MUG").latency, 3);
  EXPECT_EQ(Target("MUG").state, TargetState::kCurrent);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(QuantityRulesStepsTest, AHandlingTimeAlone_WaitsForOrders_SinceTheMarketplaceMayHaveSold) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  brings_orders_ = true;
  ASSERT_TRUE(PullPage(Page({}, world_.now())).status.ok());
  world_.clock.Advance(kMinuteUs);
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_EQ(sent_.size(), 1u);
  ASSERT_TRUE(PullPage(Page({}, world_.now())).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").latency, 3);
}

TEST_F(QuantityRulesStepsTest, AHandlingTimeThatChangesWhileTheNumberTravels_IsNotForgotten) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                channel_.config.default_latency_days = 3;
                world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
                outcome.mutable_done();
              }).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").latency, 3);
}

TEST_F(QuantityRulesStepsTest, TheItemsOwnHandlingTime_GoesBeforeTheChannels_AndARefusedOneIsTriedAgainWhenItChanges) {
  channel_.config.product_based_latency = true;
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  const int64_t item = Stock("MUG", 5);
  const auto set = [&](const char* days) {
    ItemChange change;
    change.properties.emplace();
    change.properties->emplace("SHOP_de", days);
    change.properties->emplace("Despatch Time", "9");
    world_.Write([&](Tx& tx) { return ChangeItem(tx, world_.now(), item, change).status(); });
  };
  set("30");
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("LATENCY_INVALID");
              }).status.ok());
  EXPECT_EQ(sent_.back().latency_days(), 30);
  ASSERT_EQ(Target("MUG").state, TargetState::kParked);
  set("7");
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.back().latency_days(), 7);
  set("soon");
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.back().latency_days(), 9) << "what is no number of days counts as missing";
  EXPECT_EQ(Target("MUG").latency, 9);
}

TEST_F(QuantityRulesStepsTest, AHandlingTimeSwitchedOff_Stands_UntilItIsCleared) {
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  channel_.config.default_latency_days.reset();
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.size(), 1u);
  EXPECT_EQ(Target("MUG").latency, 3);
  world_.Write([&](Tx& tx) { return tx.ClearLatencies("de", world_.now(), 10).status(); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_TRUE(sent_.back().clear_latency());
  EXPECT_FALSE(sent_.back().has_latency_days());
  EXPECT_EQ(Target("MUG").latency, std::nullopt);
  EXPECT_FALSE(Target("MUG").clear_latency);
  EXPECT_EQ(Target("MUG").state, TargetState::kCurrent);
}

}  // namespace
}  // namespace quayside
