#include "host/sync/bulk_target.h"

#include <gtest/gtest.h>

#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

constexpr TimeUs kNow = 1000;

// In a document with 50, shown with 20 as far as known.
TargetRecord InDocument() {
  return {.account_id = "acc",
          .sku = "S",
          .state = TargetState::kInBulk,
          .wanted = 50,
          .accepted = 20,
          .intent_id = 7,
          .version = 3,
          .bulk_id = 9,
          .bulk_quantity = 50};
}

BulkItem Item() { return {.intent_id = 7, .sku = "S", .quantity = 50, .target_version = 3}; }

TargetDecision Wants(int32_t quantity, TargetState state = TargetState::kDirty) {
  return {.state = state, .wanted = quantity};
}

TargetRecord After(const TargetRecord& target, NumberInDocument became) {
  const TargetRecord after = AfterDocument(target, Item(), became, kNow);
  EXPECT_EQ(after.bulk_id, 0);
  EXPECT_EQ(after.bulk_quantity, std::nullopt);
  EXPECT_FALSE(after.passed_bulk);
  return after;
}

TEST(BulkTarget, ANewerNumber_WaitsForTheEndOfTheDocument) {
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(50), false), TargetState::kInBulk);
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(40), false), TargetState::kInBulk);
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(90, TargetState::kHeld), false), TargetState::kInBulk);
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(20, TargetState::kCurrent), false), TargetState::kInBulk)
      << "the document is about to change what is shown";
}

TEST(BulkTarget, ZeroAndFew_PassTheDocumentByItem) {
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(0), false), TargetState::kDirty);
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(kFewUnits), false), TargetState::kDirty);
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(kFewUnits + 1), false), TargetState::kInBulk);
}

TEST(BulkTarget, AFewThatRaise_Wait) {
  TargetRecord sold_out = InDocument();
  sold_out.accepted = 0;
  sold_out.bulk_quantity = 0;
  EXPECT_EQ(StateBesideDocument(sold_out, Wants(3), false), TargetState::kInBulk);
  TargetRecord lowering = InDocument();
  lowering.bulk_quantity = 2;
  EXPECT_EQ(StateBesideDocument(lowering, Wants(3), false), TargetState::kDirty) << "20 are shown now";
}

TEST(BulkTarget, OneThatPassed_IsCurrentWithItsOwnNumber_AndMayPassAgain) {
  TargetRecord passed = InDocument();
  passed.passed_bulk = true;
  passed.accepted = 3;
  EXPECT_EQ(StateBesideDocument(passed, Wants(3, TargetState::kCurrent), false), TargetState::kCurrent);
  EXPECT_EQ(StateBesideDocument(passed, Wants(1), false), TargetState::kDirty);
  EXPECT_EQ(StateBesideDocument(passed, Wants(50), false), TargetState::kInBulk)
      << "what the document holds need not be what comes last";
}

TEST(BulkTarget, WhatMayNotBeSentAtAll_IsNotSentBesideADocumentEither) {
  for (const TargetState state : {TargetState::kNone, TargetState::kUnread})
    EXPECT_EQ(StateBesideDocument(InDocument(), {.state = state}, false), state);
}

TEST(BulkTarget, BesideAStuckDocument_EverythingGoesAsDecided) {
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(50), true), TargetState::kDirty);
  EXPECT_EQ(StateBesideDocument(InDocument(), Wants(90, TargetState::kHeld), true), TargetState::kHeld);
}

TEST(BulkTarget, InForce_IsAccepted) {
  const TargetRecord after = After(InDocument(), NumberInDocument::kInForce);
  EXPECT_EQ(after.state, TargetState::kCurrent);
  EXPECT_EQ(after.accepted, 50);
  EXPECT_EQ(after.accepted_us, kNow);
  EXPECT_EQ(after.intent_id, 0);
  EXPECT_EQ(after.version, 3);
}

TEST(BulkTarget, InForce_IsAllThatMayShow_OfUnknownOutcome_MayShowBesides) {
  TargetRecord unsure = InDocument();
  unsure.may_show = 80;
  EXPECT_EQ(After(unsure, NumberInDocument::kInForce).may_show, std::nullopt) << "it left last";
  EXPECT_EQ(After(InDocument(), NumberInDocument::kUnknown).may_show, 50);
  EXPECT_EQ(After(InDocument(), NumberInDocument::kRefused).may_show, std::nullopt);
}

TEST(BulkTarget, InForce_ButChangedMeanwhile_IsDecidedAgain) {
  TargetRecord changed = InDocument();
  changed.version = 4;
  changed.accepted_stale = true;
  const TargetRecord after = After(changed, NumberInDocument::kInForce);
  EXPECT_EQ(after.state, TargetState::kChanged);
  EXPECT_EQ(after.accepted, 50);
  EXPECT_TRUE(after.accepted_stale) << "a sale is not forgotten";
}

TEST(BulkTarget, InForce_ItsHandlingTimeIsKept) {
  BulkItem item = Item();
  quayside::plugin::v1::QuantityIntent intent;
  intent.set_latency_days(3);
  item.request = intent.SerializeAsString();
  EXPECT_EQ(AfterDocument(InDocument(), item, NumberInDocument::kInForce, kNow).latency, 3);
  EXPECT_EQ(AfterDocument(InDocument(), item, NumberInDocument::kRefused, kNow).latency, std::nullopt);
  TargetRecord passed = InDocument();
  passed.passed_bulk = true;
  passed.state = TargetState::kCurrent;
  passed.accepted = 50;
  passed.latency = 4;
  EXPECT_EQ(AfterDocument(passed, item, NumberInDocument::kInForce, kNow).state, TargetState::kChanged)
      << "either of the two handling times may have come last";
}

TEST(BulkTarget, PassedByItem_AndInForce_IsSentOnceMore) {
  TargetRecord passed = InDocument();
  passed.passed_bulk = true;
  passed.state = TargetState::kCurrent;
  passed.accepted = 3;
  passed.intent_id = 0;
  const TargetRecord after = After(passed, NumberInDocument::kInForce);
  EXPECT_EQ(after.state, TargetState::kChanged);
  EXPECT_TRUE(after.accepted_stale);
  EXPECT_EQ(after.accepted, 3);
  EXPECT_EQ(after.may_show, 50);

  passed.accepted = 50;
  EXPECT_EQ(After(passed, NumberInDocument::kInForce).state, TargetState::kCurrent) << "the same, whichever came last";
  EXPECT_EQ(After(passed, NumberInDocument::kInForce).may_show, std::nullopt);
}

// The item's outcome arrives later and must not be taken for the last word.
TEST(BulkTarget, PassedByItem_InFlightWhenTheDocumentEnds_IsSentOnceMoreAfterwards) {
  TargetRecord passed = InDocument();
  passed.passed_bulk = true;
  passed.state = TargetState::kInFlight;
  passed.intent_id = 8;
  for (const NumberInDocument became : {NumberInDocument::kInForce, NumberInDocument::kUnknown}) {
    const TargetRecord after = AfterDocument(passed, Item(), became, kNow);
    EXPECT_EQ(after.state, TargetState::kInFlight);
    EXPECT_EQ(after.intent_id, 8);
    EXPECT_TRUE(after.accepted_stale);
    EXPECT_EQ(after.version, 4);
    EXPECT_TRUE(after.passed_bulk) << "its outcome is not the last word";
    EXPECT_EQ(after.may_show, 50);
  }
  const TargetRecord after = After(passed, NumberInDocument::kNeverInForce);
  EXPECT_FALSE(after.passed_bulk);
  EXPECT_EQ(after.may_show, std::nullopt);
}

TEST(BulkTarget, PassedByItem_AndNeverInForce_StandsAsItIs) {
  TargetRecord passed = InDocument();
  passed.passed_bulk = true;
  passed.state = TargetState::kCurrent;
  passed.accepted = 3;
  for (const NumberInDocument became : {NumberInDocument::kRefused, NumberInDocument::kNeverInForce}) {
    const TargetRecord after = After(passed, became);
    EXPECT_EQ(after.state, TargetState::kCurrent);
    EXPECT_FALSE(after.accepted_stale);
  }
}

TEST(BulkTarget, Refused_Parks_UnlessItChanged) {
  EXPECT_EQ(After(InDocument(), NumberInDocument::kRefused).state, TargetState::kParked);
  TargetRecord changed = InDocument();
  changed.version = 4;
  EXPECT_EQ(After(changed, NumberInDocument::kRefused).state, TargetState::kChanged);
}

// Its document was stuck, it waits to go by item, and then the document is in force after all.
TEST(BulkTarget, InForce_IsCountedByNoBrakeAnyMore) {
  for (const TargetState waits : {TargetState::kDirty, TargetState::kBraked}) {
    TargetRecord target = InDocument();
    target.state = waits;
    target.zeroing = true;
    target.braked_batch = waits == TargetState::kBraked ? 3 : 0;
    target.let_go = LetGo::kCounted;
    const TargetRecord after = After(target, NumberInDocument::kInForce);
    EXPECT_EQ(after.state, TargetState::kCurrent);
    EXPECT_FALSE(after.zeroing);
    EXPECT_EQ(after.braked_batch, 0);
    EXPECT_EQ(after.let_go, LetGo::kNo);
    EXPECT_TRUE(After(target, NumberInDocument::kNeverInForce).zeroing) << "it waits on";
  }
}

TEST(BulkTarget, NeverInForce_OrUnknown_IsDecidedAgain) {
  const TargetRecord never = After(InDocument(), NumberInDocument::kNeverInForce);
  EXPECT_EQ(never.state, TargetState::kChanged);
  EXPECT_FALSE(never.accepted_stale);
  const TargetRecord unknown = After(InDocument(), NumberInDocument::kUnknown);
  EXPECT_EQ(unknown.state, TargetState::kChanged);
  EXPECT_TRUE(unknown.accepted_stale) << "it is sent even if it is what was accepted before";
  EXPECT_EQ(unknown.accepted, 20);
}

TEST(BulkTarget, WhatWaitsForAReader_GoesOnWaiting) {
  TargetRecord waiting = InDocument();
  waiting.state = TargetState::kUnread;
  waiting.version = 4;
  EXPECT_EQ(After(waiting, NumberInDocument::kInForce).state, TargetState::kUnread);
  EXPECT_EQ(After(waiting, NumberInDocument::kNeverInForce).state, TargetState::kUnread);
}

TEST(BulkTarget, WhatWaitsForAPerson_IsDecidedAgain_WhenTheChannelShowsAnotherNumber) {
  TargetRecord waiting = InDocument();
  waiting.state = TargetState::kBraked;
  waiting.version = 4;
  EXPECT_EQ(After(waiting, NumberInDocument::kInForce).state, TargetState::kChanged);
  EXPECT_EQ(After(waiting, NumberInDocument::kNeverInForce).state, TargetState::kBraked);
}

}  // namespace
}  // namespace quayside
