// The brake before a channel's quantities: steps of an inventory lane with a marketplace that takes them, a real store,
// a clock that stands still.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/inventory/brake.h"
#include "host/inventory/testing/store_world.h"
#include "host/sync/channel_gates.h"
#include "host/sync/plan_control.h"
#include "host/sync/testing/document_world.h"
#include "host/sync/testing/scripted_shop.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class BrakeStepsTest : public ::testing::Test {
 protected:
  BrakeStepsTest() {
    store_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = ScriptedShop::kPlugin}); });
    channel_ = store_.AddChannel("uk");
    world_.document_from = 1'000'000;
  }

  static std::string Sku(int number) { return Concat("S", 1000 + number); }
  // Listings 1..count of items with this level.
  void Stock(int count, int64_t level = 50) {
    for (int n = 1; n <= count; ++n) {
      const int64_t item = store_.AddItem(Sku(n), level);
      items_[Sku(n)] = item;
      store_.AddListing(channel_, Sku(n), item);
      store_.SetLevel(item, level);
    }
  }
  // They are on sale; nothing is left to do.
  void Sell(int count) {
    Stock(count);
    world_.Settle();
    ASSERT_EQ(Sent(), static_cast<size_t>(count));
  }
  void SetLevel(int number, int64_t level) { store_.SetLevel(items_.at(Sku(number)), level); }
  void SellOut(int from, int through) {
    for (int n = from; n <= through; ++n) SetLevel(n, 0);
  }
  // An order that comes now.
  OrderRecord Buy(int number, int64_t units) {
    const OrderRecord order{.id = store_.ids().Next(),
                            .account_id = "acc",
                            .channel_id = "uk",
                            .external_id = Concat("order of ", Sku(number)),
                            .location_id = "default"};
    Hold(order, number, units, units);
    return order;
  }
  void Hold(const OrderRecord& order, int number, int64_t units, int64_t more) {
    const int64_t item = items_.at(Sku(number));
    store_.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutOrder(order, {{.external_id = "1",
                                              .sku = Sku(number),
                                              .quantity = static_cast<int32_t>(units),
                                              .item_id = item,
                                              .reserved = units}}));
      QS_RETURN_IF_ERROR(tx.AddReserved(item, "default", more, store_.now()));
      return tx.MarkTargetsOfItem(item, store_.now()).status();
    });
  }
  void NothingWasEverSent() {
    store_.Write([&](Tx& tx) { return tx.PutGate({.channel_id = "uk", .account_id = "acc"}); });
  }
  void Limit(int32_t percent) {
    channel_.config.zero_brake_percent = percent;
    store_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  }

  TargetRecord Target(int number) { return store_.Target("acc", Sku(number)); }
  GateRecord Gate() {
    return store_.Read([](ReadTx& tx) { return tx.FindGate("uk"); }).value_or(GateRecord{});
  }
  std::vector<std::string> Stopped() {
    std::vector<std::string> skus;
    for (const TargetRecord& target :
         store_.Read([](ReadTx& tx) { return tx.ListBraked({.channel_id = "uk", .limit = 1000}); }))
      skus.push_back(target.sku);
    return skus;
  }
  size_t Sent() { return world_.shop.items().size(); }
  size_t ZerosSent() {
    size_t zeros = 0;
    for (const auto& [sku, quantity] : world_.shop.items()) zeros += quantity == 0 ? 1 : 0;
    return zeros;
  }
  // What GetPlan does: it was shown.
  void Show(const std::string& hash) {
    const GateRecord gate = Gate();
    const auto rows = static_cast<int64_t>(Stopped().size());
    store_.Write([&](Tx& tx) {
      return tx.PutPlan({.channel_id = "uk", .hash = hash, .batch = gate.batch, .rows = rows, .made_us = store_.now()});
    });
  }
  absl::Status Apply(const std::string& hash) {
    return store_.store().Write(
        [&](Tx& tx) -> absl::Status { return ApplyPlan(tx, store_.now(), "uk", hash).status(); });
  }
  absl::Status Discard() {
    return store_.store().Write([&](Tx& tx) { return DiscardPlan(tx, store_.now(), "uk", ""); });
  }

  StoreWorld store_;
  DocumentWorld world_{store_.store(), store_.clock, store_.rng(), store_.ids()};
  ChannelRecord channel_;
  std::map<std::string, int64_t> items_;
};

TEST_F(BrakeStepsTest, TheFirstQuantities_WaitForAWord) {
  NothingWasEverSent();
  Stock(3);
  EXPECT_EQ(world_.Settle(), kNever) << "the lane rests";
  EXPECT_EQ(Sent(), 0u);
  EXPECT_EQ(Target(1).state, TargetState::kBraked);
  EXPECT_THAT(Target(1).note, HasSubstr("wait for your word"));
  EXPECT_THAT(store_.EventTypes(), Contains("channel.quantities_stopped").Times(1));
  EXPECT_THAT(store_.EventResources(), Contains("channels/uk"));
  SetLevel(2, 7);
  world_.Settle();
  EXPECT_EQ(Sent(), 0u);
  EXPECT_THAT(store_.EventTypes(), Contains("channel.quantities_stopped").Times(1)) << "it is told once";
}

TEST_F(BrakeStepsTest, AnAppliedPlan_SendsItsRows_AndLaterOnesFlow) {
  NothingWasEverSent();
  Stock(3);
  world_.Settle();
  Show("aa");
  ASSERT_TRUE(Apply("aa").ok());
  world_.Settle();
  EXPECT_EQ(Sent(), 3u);
  EXPECT_EQ(Gate().state, GateState::kOpen);
  SetLevel(2, 7);
  world_.Settle();
  EXPECT_EQ(Target(2).accepted, 7);
  EXPECT_THAT(store_.EventTypes(), Contains("channel.plan_applied"));
  EXPECT_THAT(store_.EventTypes(), Contains("channel.quantities_released"));
}

TEST_F(BrakeStepsTest, APlan_CanBeAppliedOnce_AndOnlyTheOneThatWasShown) {
  NothingWasEverSent();
  Stock(2);
  world_.Settle();
  EXPECT_TRUE(HasReason(Apply("aa"), Reason::kPlanNotFound));
  Show("aa");
  ASSERT_TRUE(Apply("aa").ok());
  EXPECT_TRUE(HasReason(Apply("aa"), Reason::kPlanNotWaiting)) << "it is being let go";
  EXPECT_TRUE(HasReason(Discard(), Reason::kPlanNotWaiting));
  world_.Settle();
  EXPECT_TRUE(HasReason(Apply("aa"), Reason::kPlanNotWaiting));
}

// 1 is as shown, 2 changed and stopped again, 3 changed and is not decided yet, 4 was touched and is what it was.
TEST_F(BrakeStepsTest, AnAppliedPlan_SkipsWhatChanged_AndThatIsDecidedAnew) {
  NothingWasEverSent();
  Stock(4);
  world_.Settle();
  Show("aa");
  SetLevel(2, 8);
  SetLevel(4, 50);
  world_.Settle();
  SetLevel(3, 0);
  const int64_t batch = store_.Read([](ReadTx& tx) { return tx.FindPlan("uk", "aa"); })->batch;
  EXPECT_LE(Target(1).braked_batch, batch);
  EXPECT_GT(Target(2).braked_batch, batch);
  EXPECT_GT(Target(4).braked_batch, batch);
  ASSERT_TRUE(Apply("aa").ok());
  Limit(0);
  world_.Settle();
  EXPECT_THAT(world_.shop.items(), UnorderedElementsAre(Pair(Sku(1), 50)))
      << "the zero of 3 was not approved and stops the rest, which was not approved either";
  EXPECT_EQ(Gate().state, GateState::kBraked);
  EXPECT_THAT(Stopped(), UnorderedElementsAre(Sku(2), Sku(3), Sku(4)));
}

TEST_F(BrakeStepsTest, APlanOfWhichNothingIsLeft_IsStale) {
  NothingWasEverSent();
  Stock(2);
  world_.Settle();
  Show("aa");
  SetLevel(1, 8);
  SetLevel(2, 9);
  world_.Settle();
  EXPECT_TRUE(HasReason(Apply("aa"), Reason::kPlanStale));
  EXPECT_EQ(Gate().state, GateState::kFirst);
}

TEST_F(BrakeStepsTest, AShopOfThree_StopsAtTheFirstZeroThatNobodySold) {
  Sell(3);
  SellOut(1, 2);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 0u);
  EXPECT_EQ(Gate().state, GateState::kBraked);
  EXPECT_THAT(Gate().reason, HasSubstr("2 of 3 listings would go to zero"));
}

TEST_F(BrakeStepsTest, WhatOrdersTook_IsTrade_ThoughAllOfTheShopSellsOut) {
  Sell(3);
  for (int n = 1; n <= 3; ++n) {
    Buy(n, 50);
    world_.Settle();
  }
  EXPECT_EQ(ZerosSent(), 3u);
  EXPECT_EQ(Gate().state, GateState::kOpen);
  EXPECT_EQ(Gate().zeros, 0);
}

// Decided as a sale; it was not its turn before the units had left with their order.
TEST_F(BrakeStepsTest, ASaleThatFailedForNow_StaysOne_WhenItsOrderIsDespatched) {
  Sell(3);
  world_.shop.fails = MakeError(absl::StatusCode::kUnavailable, Reason::kHttpOutcomeUnknown, "the line broke");
  const OrderRecord order = Buy(1, 50);
  EXPECT_FALSE(world_.Step().status.ok());
  Hold(order, 1, 0, -50);
  SetLevel(1, 0);
  world_.shop.fails = absl::OkStatus();
  world_.Live(kHourUs);
  EXPECT_EQ(Target(1).accepted, 0);
  EXPECT_EQ(Gate().state, GateState::kOpen);
}

TEST_F(BrakeStepsTest, AnImportThatLostTheUnits_IsNoSale_ThoughAnOrderHasTheLastOne) {
  Sell(3);
  Buy(1, 1);
  world_.Settle();
  ASSERT_EQ(Target(1).accepted, 49);
  SetLevel(1, 1);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 0u);
  EXPECT_EQ(Gate().state, GateState::kBraked);
}

// 30 of 50 are held by orders that everybody knows of; the merchant's programme sends the other 20 as the level.
TEST_F(BrakeStepsTest, AnImportThatTakesReservedUnitsOffTwice_IsNoSale) {
  Sell(3);
  for (int n = 1; n <= 3; ++n) Buy(n, 30);
  world_.Settle();
  ASSERT_EQ(Target(1).accepted, 20);
  for (int n = 1; n <= 3; ++n) SetLevel(n, 20);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 0u);
  EXPECT_EQ(Gate().state, GateState::kBraked);
}

TEST_F(BrakeStepsTest, ALimitOfZero_StopsASaleToo) {
  Sell(20);
  Limit(0);
  Buy(1, 50);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 0u);
  EXPECT_EQ(Gate().state, GateState::kBraked);
}

TEST_F(BrakeStepsTest, TooManyZeros_StopEverything_TheUrgentToo) {
  Sell(20);
  SellOut(1, 5);
  SetLevel(6, 3);
  SetLevel(7, 60);
  EXPECT_EQ(world_.Settle(), kNever);
  EXPECT_EQ(Sent(), 20u) << "not one quantity left";
  EXPECT_THAT(Stopped(), SizeIs(7));
  EXPECT_EQ(Gate().state, GateState::kBraked);
  EXPECT_THAT(Gate().reason, HasSubstr("5 of 20 listings would go to zero, the limit is 20 %"));
  EXPECT_THAT(store_.EventTypes(), Contains("channel.quantities_stopped").Times(1));
  // What comes after it stops, too, marked again or new.
  SetLevel(8, 2);
  SetLevel(1, 0);
  world_.Settle();
  EXPECT_EQ(Sent(), 20u);
  EXPECT_THAT(Stopped(), SizeIs(8));
}

TEST_F(BrakeStepsTest, AsManyZerosAsTheShareAllows_Go) {
  Sell(20);
  SellOut(1, 4);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 4u);
  EXPECT_EQ(Gate().zeros, 4);
}

TEST_F(BrakeStepsTest, ATrickleOverSeveralCycles_CountsTogether_AndIsForgottenAfterTwoWindows) {
  Sell(20);
  for (int n = 1; n <= 4; ++n) {
    SellOut(n, n);
    world_.Settle();
    store_.clock.Advance(14 * kMinuteUs);
  }
  EXPECT_EQ(ZerosSent(), 4u);
  SellOut(5, 5);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 4u);
  EXPECT_EQ(Gate().state, GateState::kBraked);
  SetLevel(5, 50);
  world_.Settle();
  store_.clock.Advance(2 * kZeroWindowUs);
  SellOut(5, 8);
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 8u);
}

TEST_F(BrakeStepsTest, ARetriedZero_CountsOnce) {
  Sell(20);
  world_.shop.fails = MakeError(absl::StatusCode::kUnavailable, Reason::kHttpOutcomeUnknown, "the line broke");
  SellOut(1, 3);
  EXPECT_FALSE(world_.Step().status.ok());
  EXPECT_EQ(Gate().zeros, 3);
  world_.shop.fails = absl::OkStatus();
  world_.Live(kHourUs);
  EXPECT_EQ(Target(1).accepted, 0);
  EXPECT_EQ(Gate().state, GateState::kOpen);
  EXPECT_EQ(Gate().zeros + Gate().zeros_before, 3);
}

TEST_F(BrakeStepsTest, ADiscardedPlan_IsDecidedAnew_AndStopsAgainWhileItIsTooMuch) {
  Sell(20);
  SellOut(1, 10);
  world_.Settle();
  ASSERT_TRUE(Discard().ok());
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kBraked);
  EXPECT_THAT(store_.EventTypes(), Contains("channel.quantities_stopped").Times(2));
  EXPECT_THAT(Stopped(), SizeIs(10));
  // Put right, but for three that are really sold out.
  for (int n = 4; n <= 10; ++n) SetLevel(n, 50);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kBraked) << "a person has to say so";
  EXPECT_EQ(Sent(), 20u);
  ASSERT_TRUE(Discard().ok());
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kOpen);
  EXPECT_EQ(ZerosSent(), 3u);
}

TEST_F(BrakeStepsTest, DiscardedFirstQuantities_StayStopped) {
  NothingWasEverSent();
  Stock(3);
  world_.Settle();
  Show("aa");
  ASSERT_TRUE(Discard().ok());
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kFirst);
  EXPECT_THAT(Stopped(), SizeIs(3));
  EXPECT_EQ(Sent(), 0u);
  store_.clock.Advance(kSecondUs);
  EXPECT_TRUE(store_.Read([](ReadTx& tx) { return tx.FindPlan("uk", "aa"); }).has_value());
}

TEST_F(BrakeStepsTest, ABrakeWithNothingLeftBehindIt_OpensByItself) {
  Sell(20);
  SellOut(1, 10);
  world_.Settle();
  for (int n = 1; n <= 9; ++n) SetLevel(n, 50);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kBraked);
  SetLevel(10, 50);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kOpen);
  EXPECT_EQ(Sent(), 20u);
  SetLevel(1, 40);
  world_.Settle();
  EXPECT_EQ(Target(1).accepted, 40);
}

TEST_F(BrakeStepsTest, ABrakeWithNothingBehindIt_Opens_ThoughAnotherChannelHasABacklog) {
  const ChannelRecord other = store_.AddChannel("de");
  Sell(20);
  const int64_t item = store_.AddItem("MUG", 5);
  store_.AddListing(other, "MUG", item);
  store_.SetLevel(item, 5);
  SellOut(1, 10);
  world_.Settle();
  ASSERT_EQ(Gate().state, GateState::kBraked);
  TargetRecord waits = store_.Target("acc", "MUG");
  waits.state = TargetState::kDirty;
  waits.due_us = store_.now() + kDayUs;
  store_.Write([&](Tx& tx) { return tx.PutTarget(waits); });
  for (int n = 1; n <= 10; ++n) SetLevel(n, 50);
  world_.Settle();
  EXPECT_EQ(store_.Target("acc", "MUG").state, TargetState::kDirty);
  EXPECT_EQ(Gate().state, GateState::kOpen);
}

// What a plan shows is what it lets go: not what was stopped before it, touched, and undecided when it was shown.
TEST_F(BrakeStepsTest, WhatWasUndecidedWhenThePlanWasShown_IsNotInIt) {
  NothingWasEverSent();
  Stock(4);
  world_.Settle();
  SetLevel(2, 50);
  SetLevel(3, 50);
  Show("aa");
  world_.Settle();
  ASSERT_TRUE(Apply("aa").ok());
  Limit(0);
  SetLevel(4, 0);
  world_.Settle();
  EXPECT_THAT(world_.shop.items(), UnorderedElementsAre(Pair(Sku(1), 50)));
  EXPECT_THAT(Stopped(), UnorderedElementsAre(Sku(2), Sku(3), Sku(4)));
}

TEST_F(BrakeStepsTest, ALevelThatWasNeverSet_IsNotZero_AndSendsNothing) {
  NothingWasEverSent();
  const int64_t item = store_.AddItem("MUG");
  store_.AddListing(channel_, "MUG", item);
  store_.Write([&](Tx& tx) { return tx.MarkTargetsOfItem(item, store_.now()).status(); });
  world_.Settle();
  EXPECT_EQ(store_.Target("acc", "MUG").state, TargetState::kNone);
  EXPECT_THAT(Stopped(), IsEmpty());
}

TEST_F(BrakeStepsTest, ZerosInDocuments_AreCountedAndStoppedLikeOthers) {
  world_.document_from = 10;
  Stock(30);
  world_.Settle();
  world_.shop.WorkOffAll();
  world_.Live(10 * kMinuteUs);
  ASSERT_EQ(Target(1).accepted, 50);
  // Items have no allowance left, so that zeros go into the document, too.
  world_.budgets.Declare("acc", "patch", 0.0001, 1);
  ASSERT_FALSE(world_.budgets.Take("acc", "patch").has_value());
  const size_t documents = world_.shop.documents().size();
  SellOut(1, 6);
  for (int n = 7; n <= 20; ++n) SetLevel(n, 40);
  world_.Settle();
  EXPECT_EQ(Gate().zeros, 6) << "20 % of 30";
  SellOut(21, 22);
  for (int n = 23; n <= 30; ++n) SetLevel(n, 40);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kBraked);
  EXPECT_THAT(Stopped(), SizeIs(10));
  EXPECT_EQ(world_.shop.documents().size(), documents + 1);
  EXPECT_THAT(world_.shop.items(), IsEmpty());
}

TEST_F(BrakeStepsTest, AZeroBesideAnOpenDocument_ObeysTheBrake) {
  world_.document_from = 10;
  Stock(30);
  world_.Settle();
  ASSERT_THAT(world_.shop.documents(), SizeIs(1));
  Limit(0);
  SellOut(1, 1);
  world_.Settle();
  EXPECT_THAT(world_.shop.items(), IsEmpty());
  EXPECT_EQ(Target(1).state, TargetState::kBraked);
  world_.shop.WorkOffAll();
  world_.Live(10 * kMinuteUs);
  EXPECT_EQ(Target(1).state, TargetState::kBraked) << "the end of the document lets nobody go";
  Show("aa");
  ASSERT_TRUE(Apply("aa").ok());
  world_.Live(10 * kMinuteUs);
  EXPECT_EQ(Target(1).accepted, 0);
}

// A host that stops between two pieces of a release goes on with it.
TEST_F(BrakeStepsTest, AReleaseThatWasCutShort_IsFinishedFirst) {
  NothingWasEverSent();
  Stock(4);
  world_.Settle();
  Show("aa");
  ASSERT_TRUE(Apply("aa").ok());
  store_.Write([&](Tx& tx) { return tx.ReleaseBraked("uk", Gate().released_batch, 2).status(); });
  SetLevel(3, 7);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kOpen);
  EXPECT_EQ(Sent(), 4u);
  EXPECT_EQ(Target(3).accepted, 7);
}

TEST_F(BrakeStepsTest, AnotherChannelOfTheAccount_GoesOn) {
  const ChannelRecord other = store_.AddChannel("de");
  Sell(20);
  const int64_t item = store_.AddItem("MUG", 5);
  store_.AddListing(other, "MUG", item);
  store_.SetLevel(item, 5);
  SellOut(1, 10);
  world_.Settle();
  EXPECT_EQ(Gate().state, GateState::kBraked);
  EXPECT_EQ(store_.Target("acc", "MUG").accepted, 5);
}

// Its own gate had counted them; the one of the channel that owns them now has not.
TEST_F(BrakeStepsTest, ZerosThatChangeTheirOwner_AreCountedByTheNewOne) {
  store_.AddChannel("de");
  store_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(
        tx.PutGate({.channel_id = "de", .account_id = "acc", .state = GateState::kOpen, .opened_us = 1}));
    ChannelGates gates(tx, store_.now());
    for (int n = 1; n <= 3; ++n) {
      const TargetRecord before{.account_id = "acc",
                                .sku = Sku(n),
                                .owner_channel_id = "uk",
                                .state = TargetState::kBraked,
                                .wanted = 0,
                                .accepted = 5,
                                .zeroing = true};
      TargetRecord decided = before;
      decided.owner_channel_id = "de";
      decided.state = TargetState::kDirty;
      QS_ASSIGN_OR_RETURN(const TargetRecord passed, gates.Pass(before, decided, ZeroCause::kStock));
      QS_RETURN_IF_ERROR(tx.PutTarget(passed));
    }
    return gates.Commit();
  });
  EXPECT_EQ(store_.Read([](ReadTx& tx) { return tx.FindGate("de"); })->state, GateState::kBraked);
}

TEST_F(BrakeStepsTest, ALowerLimit_StopsTheZerosThatWait) {
  Sell(20);
  for (int n = 1; n <= 10; ++n) {
    store_.ChangeTarget("acc", Sku(n), [](TargetRecord& target) {
      target.state = TargetState::kDirty;
      target.wanted = 0;
      target.zeroing = true;
    });
  }
  Limit(20);
  store_.Write([&](Tx& tx) -> absl::Status {
    ChannelGates gates(tx, store_.now());
    QS_RETURN_IF_ERROR(gates.Review(channel_));
    return gates.Commit();
  });
  EXPECT_EQ(Gate().state, GateState::kBraked);
}

// After a start, or while what a change of rules concerns is looked for.
TEST_F(BrakeStepsTest, NoZeroLeaves_WhileNobodyKnowsHowMuchIsUndecided) {
  Sell(20);
  world_.index_settled = false;
  SellOut(1, 1);
  SetLevel(2, 60);
  EXPECT_EQ(world_.Step().next_run_us, store_.now() + kSecondUs);
  EXPECT_EQ(Sent(), 20u);
  EXPECT_EQ(ZerosSent(), 0u);
  world_.index_settled = true;
  world_.Settle();
  EXPECT_EQ(ZerosSent(), 1u);
}

// More than a step decides: the zeros of the first part are within the limit, those of the whole are not.
TEST_F(BrakeStepsTest, NoZeroLeaves_WhileTheUndecidedMayBeTooMany) {
  constexpr int kListings = 6000;
  store_.Write([&](Tx& tx) -> absl::Status {
    for (int n = 1; n <= kListings; ++n) {
      const std::string sku = Concat("N", 100'000 + n);
      const bool empty = n > 4000;  // 1000 of the 5000 of the first step, and all after them; 1200 may be
      QS_RETURN_IF_ERROR(tx.PutItem({.id = n, .sku = sku}));
      QS_RETURN_IF_ERROR(tx.SetLevel(n, "default", empty ? 0 : 9, 1));
      QS_RETURN_IF_ERROR(tx.PutListing(
          {.channel_id = "uk", .account_id = "acc", .sku = sku, .fulfilment = Fulfilment::kMerchant, .item_id = n}));
      QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "acc",
                                       .sku = sku,
                                       .owner_channel_id = "uk",
                                       .state = TargetState::kChanged,
                                       .wanted = 9,
                                       .accepted = 9,
                                       .changed_us = n}));
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(world_.Step().status.ok());
  EXPECT_EQ(Gate().state, GateState::kOpen);
  EXPECT_GT(store_.Read([](ReadTx& tx) { return tx.CountZeroing("uk"); }), 0) << "some wait";
  EXPECT_EQ(Sent(), 0u);
  world_.Settle();
  EXPECT_EQ(Sent(), 0u);
  EXPECT_EQ(Gate().state, GateState::kBraked);
}

}  // namespace
}  // namespace quayside
