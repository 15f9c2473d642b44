#include "host/inventory/index/quantity_index.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/testing/store_world.h"
#include "host/store/forwarding_store.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int kAll = 1'000'000;

// A store whose readers look at it while somebody else writes.
class BusyStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  std::function<absl::Status(Tx&)> meanwhile;

  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override {
    return inner().Read([&](ReadTx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(fn(tx));
      return meanwhile ? inner().Write(meanwhile) : absl::OkStatus();
    });
  }
};

class QuantityIndexTest : public testing::Test {
 protected:
  QuantityIndexTest() {
    de_ = world_.AddChannel("de");
    bay_ = world_.AddChannel("bay", [](ChannelRecord& channel) { channel.account_id = "other"; });
    world_.store().Follow(&index_);
    Build();
  }
  ~QuantityIndexTest() override { world_.store().Follow(nullptr); }

  void Build() {
    ASSERT_TRUE(index_.Build(world_.store()).ok());
    Sweep();
  }
  void Sweep() { EXPECT_FALSE(index_.Sweep(kAll)); }
  // Linked, merchant fulfilled, with `accepted` accepted as it is.
  int64_t Sell(const ChannelRecord& channel, const std::string& sku, int32_t accepted) {
    const int64_t item = world_.AddItem(sku, accepted);
    SellItem(channel, sku, item, accepted);
    return item;
  }
  void SellItem(const ChannelRecord& channel, const std::string& sku, int64_t item, int32_t accepted) {
    world_.AddListing(channel, sku, item);
    world_.ChangeTarget(channel.account_id, sku, [&](TargetRecord& target) {
      target.owner_channel_id = channel.id;
      target.state = TargetState::kCurrent;
      target.wanted = accepted;
      target.accepted = accepted;
      target.changed_us = world_.now();
    });
  }
  void Reconfigure(ChannelRecord& channel, const std::function<void(ChannelConfig&)>& change) {
    change(channel.config);
    ++channel.config_revision;
    world_.Write([&](Tx& tx) { return tx.PutChannel(channel, "test"); });
  }
  void OrdersKnown(const std::string& account, TimeUs watermark) {
    world_.Write([&](Tx& tx) -> absl::Status {
      const std::string id = account + ".orders";
      QS_ASSIGN_OR_RETURN(const auto stored, tx.FindLane(id));
      LaneRecord lane = stored.value_or(LaneRecord{.id = id, .account_id = account, .job = Job::kOrders});
      const CursorRecord before = lane.cursor;
      lane.cursor = {1, Concat("at ", watermark), watermark};
      return tx.CommitLane({lane, before});
    });
  }
  std::vector<std::string> TakeAll(const std::string& account = "acc") { return index_.Take(account, kAll); }
  // Decided and stored as held.
  void Hold(const std::string& sku, int32_t wanted) {
    world_.ChangeTarget("acc", sku, [&](TargetRecord& target) {
      target.state = TargetState::kHeld;
      target.wanted = wanted;
    });
  }

  StoreWorld world_;
  QuantityIndex index_;
  ChannelRecord de_;
  ChannelRecord bay_;
};

TEST_F(QuantityIndexTest, NothingIsUndecided_WhereEveryDecisionStands) {
  Sell(de_, "MUG", 5);
  Sell(bay_, "CUP", 7);
  EXPECT_THAT(index_.AccountsWithWork(), IsEmpty());
  Build();
  EXPECT_THAT(index_.AccountsWithWork(), IsEmpty());
  EXPECT_EQ(index_.size().listings, 2);
}

TEST_F(QuantityIndexTest, AStockChange_ConcernsTheTargetsOfItsItem_OfEveryAccount) {
  const int64_t mug = Sell(de_, "MUG", 5);
  SellItem(bay_, "BAY-MUG", mug, 5);
  Sell(de_, "CUP", 7);
  world_.Write([&](Tx& tx) { return tx.SetLevel(mug, "default", 3, world_.now()); });  // nobody marked anything
  EXPECT_THAT(index_.AccountsWithWork(), UnorderedElementsAre("acc", "other"));
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
  EXPECT_THAT(TakeAll("other"), ElementsAre("BAY-MUG"));
  EXPECT_THAT(index_.AccountsWithWork(), IsEmpty());
  EXPECT_EQ(index_.Find("acc", "MUG")->wanted, 3);
}

TEST_F(QuantityIndexTest, AChangeThatChangesNoNumber_IsNoWork) {
  Reconfigure(de_, [](ChannelConfig& config) { config.max_listed_quantity = 5; });
  const int64_t mug = Sell(de_, "MUG", 5);
  world_.Write([&](Tx& tx) { return tx.SetLevel(mug, "default", 50, world_.now()); });
  Reconfigure(de_, [](ChannelConfig& config) { config.listed_percentage_e4 = 500'000; });
  Sweep();
  EXPECT_THAT(index_.AccountsWithWork(), IsEmpty());
}

TEST_F(QuantityIndexTest, HandlingTimes_OfTheChannel_TheItem_AndByTheChannelsName_ConcernTheirTargets) {
  const int64_t mug = Sell(de_, "MUG", 5);
  Sell(de_, "CUP", 7);
  const auto accepted = [&](const char* sku, int32_t days) {
    world_.ChangeTarget("acc", sku, [&](TargetRecord& target) { target.latency = days; });
  };
  Reconfigure(de_, [](ChannelConfig& config) { config.default_latency_days = 2; });
  Sweep();
  EXPECT_THAT(TakeAll(), UnorderedElementsAre("MUG", "CUP"));
  accepted("MUG", 2);
  accepted("CUP", 2);
  EXPECT_THAT(TakeAll(), IsEmpty());
  world_.Write([&](Tx& tx) { return tx.PutItemProperties(mug, {{"Despatch Time", "4"}, {"_DE", "6"}}); });
  EXPECT_THAT(TakeAll(), IsEmpty()) << "product based latency is off";
  Reconfigure(de_, [](ChannelConfig& config) { config.product_based_latency = true; });
  Sweep();
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
  accepted("MUG", 4);
  EXPECT_THAT(TakeAll(), IsEmpty());
  de_.display_name = "DE";  // of no plugin in this world
  world_.Write([&](Tx& tx) { return tx.PutChannel(de_, "test"); });
  Sweep();
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
  accepted("MUG", 6);
  Build();
  EXPECT_THAT(TakeAll(), IsEmpty()) << "the database says the same";
  world_.Write([&](Tx& tx) { return tx.PutItemProperties(mug, {}); });
  EXPECT_THAT(TakeAll(), ElementsAre("MUG")) << "the channel's default counts again";
}

TEST_F(QuantityIndexTest, Take_TheMostUrgentFirst_EachInTheOrderItCame) {
  const int64_t raise = Sell(de_, "RAISE", 20);
  const int64_t fewer = Sell(de_, "FEWER", 20);
  const int64_t few = Sell(de_, "FEW", 20);
  const int64_t zero = Sell(de_, "ZERO", 20);
  const int64_t zero2 = Sell(de_, "ZERO2", 20);
  for (const auto& [item, level] :
       std::vector<std::pair<int64_t, int64_t>>{{raise, 30}, {fewer, 10}, {few, 2}, {zero, 0}, {zero2, 0}}) {
    world_.SetLevel(item, level);
  }
  EXPECT_EQ(index_.CountUndecided("acc"), 5);
  EXPECT_THAT(index_.Take("acc", 2), ElementsAre("ZERO", "ZERO2"));
  EXPECT_THAT(TakeAll(), ElementsAre("FEW", "FEWER", "RAISE"));
}

TEST_F(QuantityIndexTest, WhatBecomesMoreUrgent_MovesForward_AndWhatStandsAgainLeaves) {
  const int64_t first = Sell(de_, "FIRST", 20);
  const int64_t second = Sell(de_, "SECOND", 20);
  const int64_t third = Sell(de_, "THIRD", 20);
  const auto set = [&](int64_t item, int64_t level) {
    world_.Write([&](Tx& tx) { return tx.SetLevel(item, "default", level, world_.now()); });
  };
  set(first, 10);
  set(second, 10);
  set(third, 10);
  set(second, 0);
  set(third, 20);
  EXPECT_EQ(index_.CountUndecided("acc"), 2);
  EXPECT_THAT(TakeAll(), ElementsAre("SECOND", "FIRST"));
}

TEST_F(QuantityIndexTest, ASellOut_NeverWaitsBehindAChangeOfAWholeChannel) {
  constexpr int kMany = 5000;
  const int64_t item = world_.AddItem("many", 20);
  world_.Write([&](Tx& tx) -> absl::Status {
    for (int i = 0; i < kMany; ++i) {
      const std::string sku = Concat("M", i);
      QS_RETURN_IF_ERROR(tx.PutListing(
          {.channel_id = "de", .account_id = "acc", .sku = sku, .fulfilment = Fulfilment::kMerchant, .item_id = item}));
      QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = "acc",
                                       .sku = sku,
                                       .owner_channel_id = "de",
                                       .state = TargetState::kCurrent,
                                       .wanted = 20,
                                       .accepted = 20}));
    }
    return absl::OkStatus();
  });
  Sweep();
  const int64_t mug = Sell(de_, "MUG", 20);
  ASSERT_EQ(index_.CountUndecided("acc"), 0);
  Reconfigure(de_, [](ChannelConfig& config) { config.max_listed_quantity = 10; });
  EXPECT_TRUE(index_.Sweep(2000)) << "the rest is still to be looked at";
  world_.SetLevel(mug, 0);
  EXPECT_THAT(index_.Take("acc", 1), ElementsAre("MUG"));
  Sweep();
  EXPECT_EQ(TakeAll().size(), kMany + 1u) << "and the sell-out, which nobody has decided";
}

TEST_F(QuantityIndexTest, WhoWasSetAsOwner_DecidesAgain_WhenItsChannelIsBack) {
  ChannelRecord uk = world_.AddChannel("uk");
  world_.AddListing(uk, "MUG", Sell(de_, "MUG", 5));
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) { target.chosen_channel_id = "uk"; });
  EXPECT_EQ(index_.Find("acc", "MUG")->owner_channel_id, "uk");
  const auto enable = [&](bool enabled) {
    uk.enabled = enabled;
    world_.Write([&](Tx& tx) { return tx.PutChannel(uk, "test"); });
    Sweep();
  };
  enable(false);
  EXPECT_EQ(index_.Find("acc", "MUG")->owner_channel_id, "de");
  enable(true);
  EXPECT_EQ(index_.Find("acc", "MUG")->owner_channel_id, "uk");
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
}

TEST_F(QuantityIndexTest, ARaise_GoesFree_WhenTheOrdersOfEveryAccountThatSellsTheItemAreKnown) {
  const int64_t mug = Sell(de_, "MUG", 5);
  SellItem(bay_, "BAY-MUG", mug, 5);
  for (const char* account : {"acc", "other", "third"}) index_.SetBringsOrders(account, true);
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(mug, 8);
  EXPECT_EQ(index_.Find("acc", "MUG")->state, TargetState::kHeld);
  ASSERT_THAT(TakeAll(), ElementsAre("MUG"));
  Hold("MUG", 8);
  EXPECT_THAT(TakeAll(), IsEmpty());
  OrdersKnown("third", world_.now());
  OrdersKnown("acc", world_.now());
  EXPECT_THAT(TakeAll(), IsEmpty()) << "other's orders are not known";
  OrdersKnown("other", world_.now() - 1);
  EXPECT_THAT(TakeAll(), IsEmpty());
  OrdersKnown("other", world_.now());
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
  EXPECT_EQ(index_.Find("acc", "MUG")->state, TargetState::kDirty);
}

// A version of the plugin is taken back, and its position with it, before a raise that went free is decided.
TEST_F(QuantityIndexTest, ARaise_ThatIsHeldStillWhenItIsDecided_WaitsOn) {
  index_.SetBringsOrders("acc", true);
  const int64_t mug = Sell(de_, "MUG", 3);
  OrdersKnown("acc", world_.now() - kMinuteUs);
  world_.Write([&](Tx& tx) { return tx.SetLevel(mug, "default", 9, world_.now()); });
  Hold("MUG", 9);
  ASSERT_THAT(TakeAll(), IsEmpty());
  OrdersKnown("acc", world_.now() + kMinuteUs);
  ASSERT_THAT(index_.AccountsWithWork(), ElementsAre("acc"));
  OrdersKnown("acc", world_.now() - kMinuteUs);
  const std::vector<std::string> taken = TakeAll();
  ASSERT_THAT(taken, ElementsAre("MUG"));
  index_.Decided("acc", taken);  // as the store says
  EXPECT_THAT(index_.AccountsWithWork(), IsEmpty());
  OrdersKnown("acc", world_.now() + kMinuteUs);
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
}

// The orders come between the decision and the word of it.
TEST_F(QuantityIndexTest, ARaise_ThatGoesFreeWhileItIsDecided_IsNamedAgain) {
  index_.SetBringsOrders("acc", true);
  const int64_t mug = Sell(de_, "MUG", 3);
  OrdersKnown("acc", world_.now() - kMinuteUs);
  world_.Write([&](Tx& tx) { return tx.SetLevel(mug, "default", 9, world_.now()); });
  Hold("MUG", 9);
  OrdersKnown("acc", world_.now() + kMinuteUs);
  OrdersKnown("acc", world_.now() - kMinuteUs);
  const std::vector<std::string> taken = TakeAll();
  ASSERT_THAT(taken, ElementsAre("MUG"));
  OrdersKnown("acc", world_.now() + kMinuteUs);
  index_.Decided("acc", taken);
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
}

TEST_F(QuantityIndexTest, LessThanWhatMayShow_IsNoRaise) {
  const int64_t mug = Sell(de_, "MUG", 5);
  index_.SetBringsOrders("acc", true);
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
    target.may_show = 14;
    target.accepted_stale = true;
  });
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(mug, 8);
  EXPECT_EQ(index_.Find("acc", "MUG")->state, TargetState::kDirty);
  world_.SetLevel(mug, 15);
  EXPECT_EQ(index_.Find("acc", "MUG")->state, TargetState::kHeld);
}

TEST_F(QuantityIndexTest, ARaise_GoesFree_WhenWhomItWaitsForSellsTheItemNoMore) {
  const int64_t mug = Sell(de_, "MUG", 5);
  SellItem(bay_, "BAY-MUG", mug, 5);
  index_.SetBringsOrders("other", true);
  world_.SetLevel(mug, 8);
  Hold("MUG", 8);
  (void)TakeAll();
  ASSERT_EQ(index_.Find("acc", "MUG")->state, TargetState::kHeld);
  bay_.enabled = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(bay_, "test"); });
  Sweep();
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
  bay_.enabled = true;
  world_.Write([&](Tx& tx) { return tx.PutChannel(bay_, "test"); });
  Sweep();
  index_.GiveBack("acc", {"MUG"});
  ASSERT_EQ(index_.Find("acc", "MUG")->state, TargetState::kHeld);
  (void)TakeAll();
  index_.SetBringsOrders("other", false);
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
}

TEST_F(QuantityIndexTest, WhatIsGivenBack_IsTakenAgain) {
  const int64_t mug = Sell(de_, "MUG", 5);
  world_.SetLevel(mug, 3);
  const std::vector<std::string> taken = TakeAll();
  EXPECT_THAT(TakeAll(), IsEmpty());
  index_.GiveBack("acc", taken);
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
}

TEST_F(QuantityIndexTest, AWriteThatFails_WasNever) {
  const int64_t mug = Sell(de_, "MUG", 5);
  EXPECT_FALSE(world_.store()
                   .Write([&](Tx& tx) -> absl::Status {
                     QS_RETURN_IF_ERROR(tx.SetLevel(mug, "default", 3, world_.now()));
                     return absl::CancelledError("on purpose");
                   })
                   .ok());
  EXPECT_EQ(index_.Find("acc", "MUG")->wanted, 5);
  EXPECT_THAT(TakeAll(), IsEmpty());
}

TEST_F(QuantityIndexTest, CommitsWhileItIsBuilt_AreNotLost) {
  const int64_t mug = Sell(de_, "MUG", 5);
  const int64_t cup = Sell(de_, "CUP", 5);
  BusyStore busy(world_.store());
  busy.meanwhile = [&](Tx& tx) { return tx.SetLevel(mug, "default", 3, world_.now()); };
  ASSERT_TRUE(index_.Build(busy).ok());
  world_.Write([&](Tx& tx) { return tx.SetLevel(cup, "default", 0, world_.now()); });
  Sweep();
  EXPECT_THAT(TakeAll(), ElementsAre("CUP", "MUG"));
}

TEST_F(QuantityIndexTest, ARewriteWhileItIsBuilt_AsksForAnotherBuild) {
  BusyStore busy(world_.store());
  busy.meanwhile = [&](Tx& tx) { return tx.DeleteChannel("bay"); };
  EXPECT_TRUE(absl::IsAborted(index_.Build(busy)));
  EXPECT_FALSE(index_.ready());
  Build();
  EXPECT_TRUE(index_.ready());
}

TEST_F(QuantityIndexTest, AfterARewrite_ItSaysNothingUntilItIsBuilt) {
  const int64_t mug = Sell(de_, "MUG", 5);
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.SetLevel(mug, "default", 3, world_.now()));
    return tx.DeleteChannel("bay");
  });
  EXPECT_FALSE(index_.ready());
  EXPECT_THAT(TakeAll(), IsEmpty());
  EXPECT_FALSE(index_.Find("acc", "MUG").has_value());
  Build();
  EXPECT_THAT(TakeAll(), ElementsAre("MUG"));
}

}  // namespace
}  // namespace quayside
