// Quantities in documents: steps of an inventory lane with a marketplace that takes them, a real store, a clock that
// stands still.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/inventory/testing/store_world.h"
#include "host/sync/account_reader.h"
#include "host/sync/bulk_gather.h"
#include "host/sync/bulk_hand_over.h"
#include "host/sync/bulk_watch.h"
#include "host/sync/testing/document_world.h"
#include "host/sync/testing/scripted_shop.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

class BulkStepsTest : public ::testing::Test {
 protected:
  BulkStepsTest() {
    store_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = ScriptedShop::kPlugin}); });
    channel_ = store_.AddChannel("de");
  }

  static std::string Sku(int number) { return Concat("S", 1000 + number); }
  // Items 1..count, listed and linked, with this level.
  void Stock(int count, int64_t level = 50) {
    for (int n = 1; n <= count; ++n) StockOne(Sku(n), level);
  }
  void StockOne(const std::string& sku, int64_t level, Fulfilment fulfilment = Fulfilment::kMerchant) {
    items_[sku] = store_.AddItem(sku, level);
    store_.AddListing(channel_, sku, items_[sku], 1, fulfilment);
    store_.SetLevel(items_[sku], level);
  }
  void SetLevel(const std::string& sku, int64_t level) { store_.SetLevel(items_.at(sku), level); }

  TargetRecord Target(const std::string& sku) { return store_.Target("acc", sku); }
  std::vector<BulkRecord> Bulks() {
    return store_.Read([](ReadTx& tx) { return tx.ListBulks({.account_id = "acc"}); });
  }
  BulkRecord Bulk() {
    const std::vector<BulkRecord> bulks = Bulks();
    if (bulks.empty()) throw std::runtime_error("no document");
    return bulks.front();
  }
  DocumentShop& shop() { return world_.shop; }
  // A document of `count` numbers is in the shop's hands.
  void HandOver(int count) {
    Stock(count);
    world_.Settle();
    ASSERT_THAT(shop().documents(), SizeIs(1));
    ASSERT_EQ(Bulk().state, BulkState::kInWork);
    ASSERT_EQ(Bulk().items, count);
  }
  void ExpectSold(const std::string& sku, int32_t quantity) {
    EXPECT_EQ(Target(sku).state, TargetState::kCurrent) << sku << ": " << Target(sku).note;
    EXPECT_EQ(Target(sku).accepted, quantity) << sku;
    EXPECT_EQ(shop().shown().at(sku), quantity) << sku;
    EXPECT_EQ(Target(sku).bulk_id, 0) << sku;
  }
  int ItemsOf(const std::string& sku) {
    int times = 0;
    for (const auto& [item, quantity] : shop().items()) times += item == sku ? 1 : 0;
    return times;
  }

  StoreWorld store_;
  DocumentWorld world_{store_.store(), store_.clock, store_.rng(), store_.ids()};
  ChannelRecord channel_;
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::map<std::string, int64_t> items_;
};

TEST_F(BulkStepsTest, ABacklog_TravelsInOneDocument_AndIsAcceptedWhenItIsInForce) {
  HandOver(30);
  EXPECT_THAT(shop().items(), IsEmpty());
  EXPECT_EQ(Target(Sku(1)).state, TargetState::kInBulk);
  EXPECT_EQ(Target(Sku(1)).accepted, std::nullopt) << "handed over is not accepted";
  shop().WorkOffAll();
  world_.Live(10 * kMinuteUs);
  for (int n = 1; n <= 30; ++n) ExpectSold(Sku(n), 50);
  EXPECT_EQ(Bulk().state, BulkState::kDone);
  EXPECT_EQ(Bulk().done, 30);
  EXPECT_THAT(shop().items(), IsEmpty());
  EXPECT_THAT(store_.EventTypes(), Contains("document.handed_over"));
  EXPECT_THAT(store_.EventTypes(), Contains("document.ended"));
  EXPECT_THAT(store_.EventTypes(), Contains("quantity.accepted").Times(30));
}

TEST_F(BulkStepsTest, ASmallBacklog_GoesByItem) {
  Stock(9);
  world_.Settle();
  EXPECT_THAT(shop().documents(), IsEmpty());
  EXPECT_THAT(shop().items(), SizeIs(9));
}

TEST_F(BulkStepsTest, WhatItemsSendMeanwhile_GoesByItem_TheMostUrgentFirst) {
  world_.document_from = 0;
  world_.budgets.Declare("acc", "patch", 0.005, 1);  // 3 in the document's ten minutes, one saved up
  Stock(30);
  for (const int n : {7, 11}) SetLevel(Sku(n), 0);
  SetLevel(Sku(19), kFewUnits);
  ASSERT_TRUE(world_.Step().status.ok());
  ASSERT_THAT(shop().documents(), SizeIs(1));
  const DocumentShop::Numbers& numbers = shop().documents().begin()->second;
  EXPECT_THAT(numbers, SizeIs(26));
  for (const int n : {7, 11, 19}) EXPECT_FALSE(numbers.contains(Sku(n)));
  ASSERT_GE(shop().items().size(), 3u);
  EXPECT_EQ(shop().items()[0].second, 0);
  EXPECT_EQ(shop().items()[1].second, 0);
  EXPECT_EQ(shop().items()[2].second, kFewUnits);
}

// Also when a person has said from how many on a document is made.
TEST_F(BulkStepsTest, SoldOutAndLowStock_GoByItem_BesideADocumentThatSomebodyWanted) {
  Stock(30);
  for (const int n : {7, 11}) SetLevel(Sku(n), 0);
  SetLevel(Sku(19), kFewUnits);
  SetLevel(Sku(20), kFewUnits + 1);
  ASSERT_TRUE(world_.Step().status.ok());
  ASSERT_THAT(shop().documents(), SizeIs(1));
  EXPECT_THAT(shop().documents().begin()->second, SizeIs(27));
  EXPECT_TRUE(shop().documents().begin()->second.contains(Sku(20)));
  ASSERT_THAT(shop().items(), SizeIs(3));
  EXPECT_EQ(shop().items()[0].second, 0);
  EXPECT_EQ(shop().items()[1].second, 0);
  EXPECT_THAT(shop().items()[2], Pair(Sku(19), kFewUnits));
}

TEST_F(BulkStepsTest, SoldOutAndLowStock_BeyondThePaceOfItems_GoIntoTheWantedDocument) {
  world_.budgets.Declare("acc", "patch", 0.001, 1);  // none in the document's ten minutes, one saved up
  Stock(30);
  for (const int n : {7, 11, 19}) SetLevel(Sku(n), 0);
  ASSERT_TRUE(world_.Step().status.ok());
  ASSERT_THAT(shop().documents(), SizeIs(1));
  EXPECT_THAT(shop().documents().begin()->second, SizeIs(29));
  ASSERT_THAT(shop().items(), SizeIs(1));
  EXPECT_EQ(shop().items()[0].second, 0);
}

TEST_F(BulkStepsTest, NothingButLowStock_NeedsNoDocument) {
  Stock(12, kFewUnits);
  world_.Settle();
  EXPECT_THAT(shop().documents(), IsEmpty());
  EXPECT_THAT(shop().items(), SizeIs(12));
}

TEST_F(BulkStepsTest, ADocumentHoldsNoMoreThanThePluginAllows_AndTheNextOneWaitsItsTime) {
  world_.contract->mutable_bulk()->set_max_items(20);
  Stock(50);
  ASSERT_TRUE(world_.Step().status.ok());
  ASSERT_THAT(shop().documents(), SizeIs(1));
  EXPECT_THAT(shop().documents().begin()->second, SizeIs(20));
  shop().works_off_polled = true;
  world_.Live(kHourUs);
  for (int n = 1; n <= 50; ++n) ExpectSold(Sku(n), 50);
  EXPECT_EQ(shop().MostOften(), 1);
}

TEST_F(BulkStepsTest, AnUnknownFulfilment_IsReadFirst_AndWhatTheMarketplaceFulfils_IsInNoDocument) {
  Stock(20);
  StockOne("UNREAD", 50, Fulfilment::kUnknown);
  StockOne("FBA", 50, Fulfilment::kMarketplace);
  world_.Settle();
  ASSERT_THAT(shop().documents(), SizeIs(1));
  EXPECT_FALSE(shop().documents().begin()->second.contains("UNREAD"));
  EXPECT_THAT(shop().methods(), Contains("read_back"));
  ExpectSold("UNREAD", 50);
  EXPECT_FALSE(shop().documents().begin()->second.contains("FBA"));
  EXPECT_EQ(ItemsOf("FBA"), 0);
}

TEST_F(BulkStepsTest, AChangeMeanwhile_WaitsForTheEnd_AndIsSentAfterIt) {
  HandOver(20);
  SetLevel(Sku(1), 40);
  world_.Settle();
  EXPECT_EQ(ItemsOf(Sku(1)), 0);
  EXPECT_EQ(Target(Sku(1)).state, TargetState::kInBulk);
  shop().WorkOffAll();
  world_.Live(10 * kMinuteUs);
  ExpectSold(Sku(1), 40);
  EXPECT_EQ(ItemsOf(Sku(1)), 1);
  EXPECT_EQ(ItemsOf(Sku(2)), 0);
}

TEST_F(BulkStepsTest, SoldOutMeanwhile_GoesAtOnce_AndOnceMoreAfterTheDocumentOverwroteIt) {
  HandOver(20);
  SetLevel(Sku(1), 0);
  world_.Settle();
  EXPECT_THAT(shop().items(), ElementsAre(Pair(Sku(1), 0)));
  EXPECT_TRUE(Target(Sku(1)).passed_bulk);
  shop().WorkOffAll();
  EXPECT_EQ(shop().shown().at(Sku(1)), 50) << "the older number came last";
  world_.Live(30 * kMinuteUs);
  ExpectSold(Sku(1), 0);
  EXPECT_EQ(ItemsOf(Sku(1)), 2);
}

// A document's older, higher number may come last, so the window is open until that is over.
TEST_F(BulkStepsTest, TheOversellWindow_OfWhatPassedADocument_ClosesWhenTheDocumentIsOver) {
  HandOver(20);
  const auto open = [&] {
    int64_t count = 0;
    for (const OpenOversell& one : store_.Read([](ReadTx& tx) { return tx.CountOpenOversells("acc", 100); }))
      count += one.count;
    return count;
  };
  EXPECT_EQ(open(), 0);
  SetLevel(Sku(1), 0);
  world_.Settle();
  ASSERT_THAT(shop().items(), ElementsAre(Pair(Sku(1), 0)));
  EXPECT_EQ(open(), 1);
  shop().WorkOffAll();
  world_.Live(30 * kMinuteUs);
  ExpectSold(Sku(1), 0);
  EXPECT_EQ(open(), 0);
  EXPECT_EQ(store_.Read([](ReadTx& tx) { return tx.ListOversellHours("acc", 0); }).size(), 1u);
}

TEST_F(BulkStepsTest, WhatChangesBeforeTheHandOver_LeavesTheDocument) {
  Stock(20);
  world_.document_from = 1000;
  ASSERT_TRUE(store_.store()
                  .Write([&](Tx& tx) -> absl::Status {
                    for (int n = 1; n <= 20; ++n) {
                      QS_ASSIGN_OR_RETURN(auto target, tx.FindTarget("acc", Sku(n)));
                      target->state = TargetState::kDirty;
                      QS_RETURN_IF_ERROR(tx.PutTarget(*target));
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  const StepInputs in = world_.Inputs();
  const auto gathered =
      GatherDocument(in, {.id = 77, .account_id = "acc", .created_us = store_.now()}, {.most = 100, .pages = 3});
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  EXPECT_EQ(gathered->bulk.items, 20);
  EXPECT_TRUE(gathered->dry);
  SetLevel(Sku(5), 8);
  const auto bulk = HandOverDocument(world_.Inputs(), gathered->bulk);
  ASSERT_TRUE(bulk.ok()) << bulk.status();
  EXPECT_EQ(bulk->items, 19);
  EXPECT_FALSE(shop().documents().begin()->second.contains(Sku(5)));
  EXPECT_EQ(Target(Sku(5)).bulk_id, 0);
  EXPECT_THAT(store_.Read([](ReadTx& tx) { return tx.ListIntents("acc", {IntentState::kSuperseded}, 9); }), SizeIs(1));
  world_.Settle();
  ExpectSold(Sku(5), 8);
}

TEST_F(BulkStepsTest, ARefusedNumber_IsParked_TheOthersAreAccepted) {
  shop().keeps_out = {Sku(3)};
  shop().refuses = {Sku(4)};
  Stock(20);
  world_.Settle();
  EXPECT_THAT(shop().documents().begin()->second, SizeIs(19));
  EXPECT_EQ(Target(Sku(3)).state, TargetState::kParked);
  shop().WorkOffAll();
  world_.Live(10 * kMinuteUs);
  EXPECT_EQ(Target(Sku(4)).state, TargetState::kParked);
  EXPECT_THAT(Target(Sku(4)).note, ::testing::HasSubstr("REFUSED"));
  ExpectSold(Sku(5), 50);
  EXPECT_EQ(Bulk().rejected, 2);
  EXPECT_EQ(Bulk().done, 18);
}

TEST_F(BulkStepsTest, ForcedWhileItTravels_ARefusedNumberGoesOnceMore_AndThatRefusalIsTheLast) {
  shop().refuses = {Sku(4)};
  HandOver(20);
  store_.Write([&](Tx& tx) { return tx.ForceTargets({.channel_id = "de", .looked_at = 100}, store_.now()).status(); });
  for (int round = 0; round < 3; ++round) {
    shop().WorkOffAll();
    world_.Live(10 * kMinuteUs);
  }
  EXPECT_EQ(Target(Sku(4)).state, TargetState::kParked);
  const auto sent = store_.Read([](ReadTx& tx) { return tx.ListIntentsOfTarget("acc", Sku(4), 0, 9); });
  ASSERT_THAT(sent, SizeIs(2));
  for (const IntentRecord& intent : sent) EXPECT_EQ(intent.state, IntentState::kRejected);
}

TEST_F(BulkStepsTest, ALostAnswer_IsFound_AndTheDocumentIsNotSentAgain) {
  shop().loses = DocumentShop::Loses::kAnswer;
  Stock(20);
  world_.Live(kMinuteUs);
  EXPECT_THAT(shop().methods(), Contains("find_bulk"));
  EXPECT_EQ(Bulk().state, BulkState::kInWork);
  EXPECT_EQ(Bulk().handle, "document-1");
  shop().WorkOffAll();
  world_.Live(10 * kMinuteUs);
  for (int n = 1; n <= 20; ++n) ExpectSold(Sku(n), 50);
  EXPECT_THAT(shop().documents(), SizeIs(1));
  EXPECT_THAT(shop().items(), IsEmpty());
}

TEST_F(BulkStepsTest, ALostRequest_IsFoundAbsent_AndItsNumbersGoOutOnce) {
  shop().loses = DocumentShop::Loses::kRequest;
  Stock(20);
  shop().works_off_polled = true;
  world_.Live(kHourUs);
  for (int n = 1; n <= 20; ++n) ExpectSold(Sku(n), 50);
  EXPECT_EQ(shop().MostOften(), shop().documents().empty() ? 0 : 1);
  EXPECT_EQ(shop().items().size() + (shop().documents().empty() ? 0 : shop().documents().begin()->second.size()), 20u);
}

TEST_F(BulkStepsTest, WhileItIsNotKnownWhetherItArrived_NothingOfItIsSent) {
  shop().loses = DocumentShop::Loses::kAnswer;
  shop().is_undecided = true;
  Stock(20);
  world_.Live(kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kUnknown);
  EXPECT_THAT(shop().items(), IsEmpty());
  EXPECT_THAT(shop().documents(), SizeIs(1));
  shop().is_undecided = false;
  shop().works_off_polled = true;
  world_.Live(30 * kMinuteUs);
  ExpectSold(Sku(1), 50);
  EXPECT_EQ(shop().MostOften(), 1);
}

TEST_F(BulkStepsTest, NotKnownForTooLong_ItsNumbersGoByItem_AndTheDocumentIsWatchedOn) {
  shop().loses = DocumentShop::Loses::kAnswer;
  shop().is_undecided = true;
  Stock(20);
  world_.Live(3 * kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kStuck);
  for (int n = 1; n <= 20; ++n) EXPECT_EQ(shop().shown().at(Sku(n)), 50);
  EXPECT_THAT(shop().items(), SizeIs(20));
  shop().is_undecided = false;
  shop().works_off_polled = true;
  world_.Live(kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kDone);
  ExpectSold(Sku(1), 50);
  EXPECT_THAT(shop().items(), SizeIs(20)) << "the same numbers are not sent once more";
}

TEST_F(BulkStepsTest, ADocumentThatIsNotTaken_IsGivenBack_AndNotTriedBeforeItsTime) {
  shop().retry_at_us = store_.now() + kHourUs;
  Stock(20);
  world_.Settle();
  EXPECT_EQ(Bulk().state, BulkState::kWithdrawn);
  EXPECT_EQ(Bulk().next_poll_us, store_.now() + kHourUs);
  EXPECT_THAT(shop().items(), SizeIs(20)) << "items need not wait for it";
  EXPECT_THAT(shop().methods(), Contains("push_bulk").Times(1));
}

TEST_F(BulkStepsTest, StuckAndWithdrawn_GoesByItemOnce) {
  HandOver(20);
  shop().withdraws = true;
  world_.Live(3 * kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kWithdrawn);
  EXPECT_THAT(shop().items(), SizeIs(20));
  for (int n = 1; n <= 20; ++n) ExpectSold(Sku(n), 50);
  EXPECT_THAT(shop().documents(), SizeIs(1)) << "no new one while the marketplace is behind";
}

TEST_F(BulkStepsTest, StuckAndNotWithdrawn_GoesByItem_AndOnlyWhatDiffersOnceMoreWhenItComesIntoForce) {
  HandOver(20);
  world_.Live(3 * kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kStuck);
  EXPECT_THAT(store_.EventTypes(), Contains("document.stuck").Times(1));
  EXPECT_THAT(shop().items(), SizeIs(20));
  SetLevel(Sku(7), 30);
  world_.Settle();
  EXPECT_EQ(shop().shown().at(Sku(7)), 30) << "nothing waits for a stuck document";
  shop().WorkOffAll();
  EXPECT_EQ(shop().shown().at(Sku(7)), 50);
  world_.Live(kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kDone);
  for (int n = 1; n <= 20; ++n) ExpectSold(Sku(n), n == 7 ? 30 : 50);
  EXPECT_EQ(ItemsOf(Sku(7)), 3);
  EXPECT_EQ(ItemsOf(Sku(8)), 1);
}

TEST_F(BulkStepsTest, ADocumentThatNeverEnds_IsGivenUp_AndItsNumbersAreSentOnceMore) {
  HandOver(20);
  world_.Live(kDocumentGivenUpUs + kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kDone);
  EXPECT_EQ(Bulk().unknown, 20);
  for (int n = 1; n <= 20; ++n) ExpectSold(Sku(n), 50);
  EXPECT_EQ(ItemsOf(Sku(1)), 2) << "when it was stuck, and when it was given up";
}

TEST_F(BulkStepsTest, AFailingPoll_IsToldAndTriedAgain_AndItemsGoOn) {
  HandOver(20);
  shop().fails = MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "no route");
  store_.clock.Advance(kMinuteUs);
  EXPECT_TRUE(world_.Step().status.ok());
  EXPECT_THAT(Bulk().progress, ::testing::HasSubstr("no route"));
  EXPECT_GT(Bulk().next_poll_us, store_.now());
  shop().fails = absl::OkStatus();
  shop().works_off_polled = true;
  world_.Live(kHourUs);
  ExpectSold(Sku(1), 50);
}

TEST_F(BulkStepsTest, RefusedCredentials_GiveTheDocumentBack_AndFailTheStep) {
  shop().fails = MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, "refused");
  Stock(20);
  EXPECT_EQ(world_.Step().status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Bulk().state, BulkState::kReleasing);
  shop().fails = absl::OkStatus();
  shop().works_off_polled = true;
  world_.Live(kHourUs);
  ExpectSold(Sku(1), 50);
  EXPECT_EQ(Bulks().back().state, BulkState::kWithdrawn);
}

TEST_F(BulkStepsTest, AStepOfAnOlderClaim_HandsNothingOver) {
  Stock(20);
  store_.Write([](Tx& tx) {
    return tx.CommitLane({{.id = DocumentWorld::kLane, .account_id = "acc", .job = Job::kInventory, .epoch = 5}, {}});
  });
  const StepOutcome late = world_.Step(4);
  EXPECT_TRUE(HasReason(late.status, Reason::kLaneFenced)) << late.status;
  EXPECT_THAT(shop().methods(), IsEmpty());
  EXPECT_THAT(Bulks(), IsEmpty());
}

TEST_F(BulkStepsTest, AfterADocument_ASampleIsReadBack_AndAMismatchIsCountedToldAndPutRight) {
  HandOver(20);
  shop().WorkOffAll();
  world_.Live(kMinuteUs);
  ASSERT_EQ(Bulk().state, BulkState::kDone);
  shop().Sell(Sku(3), -40);  // shows more than was sent
  world_.Live(kHourUs);
  EXPECT_EQ(Bulk().read_back, 20);
  EXPECT_EQ(Bulk().mismatches, 1);
  EXPECT_THAT(store_.EventTypes(), Contains("quantity.mismatch").Times(1));
  ExpectSold(Sku(3), 50);
  EXPECT_THAT(shop().items(), SizeIs(1));
}

TEST_F(BulkStepsTest, ALowerNumberReadBack_MayBeASale_AndIsPutRightWhenTheOrdersAreKnown) {
  HandOver(20);
  shop().WorkOffAll();
  world_.Live(kMinuteUs);
  world_.brings_orders = true;
  shop().Sell(Sku(3), 2);
  store_.clock.Advance(5 * kMinuteUs);
  world_.Settle();
  EXPECT_EQ(Bulk().mismatches, 0);
  EXPECT_EQ(Target(Sku(3)).state, TargetState::kHeld) << Target(Sku(3)).note;
  EXPECT_THAT(shop().items(), IsEmpty());
}

TEST_F(BulkStepsTest, UsedUpAllowance_OfReading_LetsTheLaneRestUntilThen) {
  shop().read_back_fails = MakeError(absl::StatusCode::kResourceExhausted, Reason::kRateLimited, "later",
                                     {{"retry_at_us", Concat(store_.now() + 7 * kSecondUs)}});
  StockOne("UNREAD", 50, Fulfilment::kUnknown);
  EXPECT_EQ(world_.Settle(), store_.now() + 7 * kSecondUs);
  shop().read_back_fails = absl::OkStatus();
  store_.clock.Advance(7 * kSecondUs);
  world_.Settle();
  ExpectSold("UNREAD", 50);
}

// Disabled: what was handed over is asked for to its end, and nothing else is said to the marketplace.
TEST_F(BulkStepsTest, OfADisabledChannel_TheDocumentIsWatchedToItsEnd_ThenThereIsSilence) {
  HandOver(20);
  channel_.enabled = false;
  store_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutChannel(channel_, "test"));
    return tx.MarkTargetsOfChannel("de", store_.now()).status();
  });
  ScriptedShop catalog(store_.clock, *logger_, 1);
  const auto lane_is_enabled = [&] {
    const AccountLanes lanes =
        store_.Read([&](ReadTx& tx) { return ReadAccountLanes(tx, catalog, world_.budgets, "acc"); });
    for (const Lane& lane : lanes.lanes) {
      if (lane.record.id == DocumentWorld::kLane) return lane.enabled;
    }
    return false;
  };
  EXPECT_TRUE(lane_is_enabled());
  SetLevel(Sku(1), 0);
  shop().works_off_polled = true;
  world_.Live(3 * kHourUs);
  EXPECT_EQ(Bulk().state, BulkState::kDone);
  EXPECT_THAT(shop().methods(), ElementsAre("push_bulk", "poll"));
  EXPECT_FALSE(lane_is_enabled());
}

TEST_F(BulkStepsTest, AHostThatStoppedWhileItGathered_GoesOn_AndHandsOverOnce) {
  Stock(20);
  store_.Write([](Tx& tx) -> absl::Status {
    for (int n = 1; n <= 20; ++n) {
      QS_ASSIGN_OR_RETURN(auto target, tx.FindTarget("acc", Sku(n)));
      target->state = TargetState::kDirty;
      QS_RETURN_IF_ERROR(tx.PutTarget(*target));
    }
    return absl::OkStatus();
  });
  const StepInputs in = world_.Inputs();
  const auto gathered = GatherDocument(in, {.id = store_.ids().Next(), .account_id = "acc", .created_us = store_.now()},
                                       {.most = 8, .pages = 1});
  ASSERT_TRUE(gathered.ok()) << gathered.status();
  EXPECT_EQ(gathered->bulk.items, 8);
  world_.Settle();
  ASSERT_THAT(shop().documents(), SizeIs(1));
  EXPECT_THAT(shop().documents().begin()->second, SizeIs(20));
  EXPECT_EQ(shop().MostOften(), 1);
}

}  // namespace
}  // namespace quayside
