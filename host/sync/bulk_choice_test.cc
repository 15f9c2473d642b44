#include "host/sync/bulk_choice.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr DurationUs kLatency = 20 * kMinuteUs;
constexpr ItemPace kFivePerSecond = {.per_second = 5};

pb::BulkWay Way() {
  pb::BulkWay way;
  way.set_max_items(25'000);
  way.set_expected_seconds(1200);
  way.set_stuck_seconds(7200);
  way.set_min_interval_seconds(300);
  return way;
}

BulkRecord Document(BulkState state, TimeUs sent_us, TimeUs ended_us = 0) {
  return {.id = 1,
          .account_id = "acc",
          .state = state,
          .handle = "h",
          .items = 10,
          .sent_us = sent_us,
          .ended_us = ended_us,
          .done = 10};
}

TEST(BulkChoice, ASmallBacklog_GoesByItem) {
  EXPECT_EQ(ItemsBesideDocument(0, kFivePerSecond, kLatency), std::nullopt);
  EXPECT_EQ(ItemsBesideDocument(6'000, kFivePerSecond, kLatency), std::nullopt) << "20 minutes either way";
  EXPECT_EQ(ItemsBesideDocument(7'500, kFivePerSecond, kLatency), std::nullopt) << "25 minutes: a fifth is saved";
}

TEST(BulkChoice, OfALargeBacklog_WhatItemsSendMeanwhile_GoesByItem_TheRestInADocument) {
  EXPECT_EQ(ItemsBesideDocument(7'501, kFivePerSecond, kLatency), 6'000);
  EXPECT_EQ(ItemsBesideDocument(300'000, kFivePerSecond, kLatency), 6'000);
}

TEST(BulkChoice, SavedUpAllowance_AndAnEmptyBucket_Count) {
  EXPECT_EQ(ItemsBesideDocument(7'600, {.per_second = 5, .at_once = 100}, kLatency), std::nullopt);
  EXPECT_EQ(ItemsBesideDocument(7'601, {.per_second = 5, .at_once = 100}, kLatency), 6'100);
  EXPECT_EQ(ItemsBesideDocument(7'501, {.per_second = 5, .wait_us = kMinuteUs}, kLatency), 5'700);
}

TEST(BulkChoice, WhatGoesByItemWithinATime_IsWhatIsSavedUpAndWhatThePaceGives) {
  EXPECT_EQ(ItemsWithin(kFivePerSecond, kMinuteUs), 300);
  EXPECT_EQ(ItemsWithin({.per_second = 5, .at_once = 2.5, .wait_us = kMinuteUs}, kMinuteUs), 2);
  EXPECT_EQ(ItemsWithin({.per_second = 5, .wait_us = kHourUs}, kMinuteUs), 0);
}

TEST(BulkChoice, WithoutAnyPace_EverythingGoesInADocument) { EXPECT_EQ(ItemsBesideDocument(1, {}, kLatency), 0); }

TEST(BulkChoice, ThePaceIsWhatIsLeftBesideAnotherProgram) {
  BudgetStatus budget{.rate_per_second = 2.5, .next_call_us = 70};
  budget.record.rate_per_second = 5;
  budget.record.tokens = -0.5;
  const ItemPace pace = PaceOf(budget, 50);
  EXPECT_EQ(pace.per_second, 2.5);
  EXPECT_EQ(pace.at_once, 0);
  EXPECT_EQ(pace.wait_us, 20);
  EXPECT_EQ(PaceOf(budget, 80).wait_us, 0);
}

TEST(BulkChoice, TheDeclaredLatency_IsCorrectedByWhatWasSeen) {
  EXPECT_EQ(TypicalLatency(100, {}), 100);
  const auto took = [](DurationUs us) { return Document(BulkState::kDone, 1, 1 + us); };
  EXPECT_EQ(TypicalLatency(100, {took(500), took(700)}), 500);
  EXPECT_EQ(TypicalLatency(100, {took(40), took(30), took(20), took(10)}), 30);
  EXPECT_EQ(TypicalLatency(100, {took(1), took(1), took(1), took(1), took(1), took(9999)}), 1) << "the last five";
  BulkRecord failed = took(5000);
  failed.done = 0;
  failed.unknown = 10;
  EXPECT_EQ(TypicalLatency(100, {failed, failed, Document(BulkState::kInWork, 1)}), 100) << "they tell nothing";
}

TEST(BulkChoice, TheNextDocument_WaitsForTheInterval) {
  EXPECT_EQ(NextDocumentTime(Way(), {}), 0);
  EXPECT_EQ(NextDocumentTime(Way(), {Document(BulkState::kInWork, 1000)}), 1000 + 300 * kSecondUs);
  EXPECT_EQ(NextDocumentTime(Way(), {Document(BulkState::kDone, 1000, 2000)}), 1000 + 300 * kSecondUs);
}

TEST(BulkChoice, NoDocumentIsPiledOnOneThatIsNotClear) {
  for (const BulkState state :
       {BulkState::kGathering, BulkState::kSending, BulkState::kUnknown, BulkState::kStuck, BulkState::kReleasing}) {
    EXPECT_EQ(NextDocumentTime(Way(), {Document(state, 1000)}), kNever) << static_cast<int>(state);
  }
  const std::vector<BulkRecord> in_work(kMostDocumentsInWork, Document(BulkState::kInWork, 1000));
  EXPECT_EQ(NextDocumentTime(Way(), in_work), kNever);
}

TEST(BulkChoice, AfterOneThatWasStuck_OrGivenUp_ItemsHaveTheirTurn) {
  const TimeUs ended = 3 * kHourUs;
  const TimeUs later = ended + 2 * kHourUs;
  EXPECT_EQ(NextDocumentTime(Way(), {Document(BulkState::kWithdrawn, 1, ended)}), later);
  EXPECT_EQ(NextDocumentTime(Way(), {Document(BulkState::kDone, 1, ended)}), later);
  BulkRecord fatal = Document(BulkState::kDone, ended - kMinuteUs, ended);
  fatal.done = 0;
  fatal.unknown = 10;
  EXPECT_EQ(NextDocumentTime(Way(), {fatal}), later);
}

TEST(BulkChoice, OneThatWasNotTaken_IsTriedAgainWhenThePluginSays) {
  BulkRecord refused = Document(BulkState::kWithdrawn, 1000, 2000);
  refused.handle.clear();
  refused.next_poll_us = kHourUs;
  EXPECT_EQ(NextDocumentTime(Way(), {refused}), kHourUs);
}

}  // namespace
}  // namespace quayside
