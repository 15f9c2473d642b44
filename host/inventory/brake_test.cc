#include "host/inventory/brake.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <utility>

namespace quayside {
namespace {

constexpr TimeUs kBegin = 1'000 * kHourUs;

TargetRecord Decided(std::optional<int32_t> wanted, std::optional<int32_t> accepted) {
  return {.sku = "MUG",
          .owner_channel_id = "uk",
          .state = TargetState::kDirty,
          .wanted = wanted,
          .accepted = accepted,
          .shown = accepted};
}

TargetRecord PassGate(const GateRecord& gate, const TargetRecord& before, TargetRecord decided) {
  return PassGate(gate, before, std::move(decided), ZeroCause::kStock);
}

TEST(Brake, MoreThanTheShareOfTheListings_IsTooMany) {
  EXPECT_FALSE(TooManyZeros(20, 100, 20));
  EXPECT_TRUE(TooManyZeros(21, 100, 20));
  EXPECT_FALSE(TooManyZeros(200'000, 1'000'000, 20));
  EXPECT_TRUE(TooManyZeros(200'001, 1'000'000, 20));
  EXPECT_FALSE(TooManyZeros(3, 15, 20));
  EXPECT_TRUE(TooManyZeros(3, 14, 20));
  EXPECT_FALSE(TooManyZeros(1, 1'000'000'000'000, 1));
}

TEST(Brake, TheShareHolds_HoweverSmallTheCatalogueIs) {
  EXPECT_TRUE(TooManyZeros(1, 1, 20));
  EXPECT_TRUE(TooManyZeros(1, 3, 20));
  EXPECT_TRUE(TooManyZeros(1, 4, 20));
  EXPECT_FALSE(TooManyZeros(1, 5, 20)) << "20 % is not more than 20 %";
  EXPECT_TRUE(TooManyZeros(2, 9, 20));
  EXPECT_FALSE(TooManyZeros(2, 10, 20));
}

TEST(Brake, ZeroPercent_StopsEveryZero_AHundredNone) {
  EXPECT_TRUE(TooManyZeros(1, 1'000'000, 0));
  EXPECT_FALSE(TooManyZeros(0, 1'000'000, 0));
  EXPECT_FALSE(TooManyZeros(1'000, 1'000, 100));
  EXPECT_FALSE(TooManyZeros(2'000, 1'000, 100)) << "some went twice";
}

TEST(Brake, ListingsThatBear_IsWhereTheAnswerTurns) {
  for (const int32_t percent : {1, 7, 20, 33, 50, 99}) {
    for (int64_t zeros = 1; zeros < 60; ++zeros) {
      const int64_t bear = ListingsThatBear(zeros, percent);
      EXPECT_FALSE(TooManyZeros(zeros, bear, percent)) << zeros << " of " << bear << ", " << percent << " %";
      EXPECT_TRUE(TooManyZeros(zeros, bear - 1, percent)) << zeros << " of " << bear - 1 << ", " << percent << " %";
      EXPECT_GT(zeros * 100, (bear - 1) * percent);
      EXPECT_LE(zeros * 100, bear * percent);
    }
  }
  EXPECT_EQ(ListingsThatBear(1, 0), std::numeric_limits<int64_t>::max());
}

TEST(Brake, AZero_CountsForOneWindow_AndForNoMoreThanTwo) {
  ZeroWindow window = WindowAt({}, kBegin);
  EXPECT_EQ(window, (ZeroWindow{.begun_us = kBegin}));
  window.zeros = 4;
  EXPECT_EQ(WindowAt(window, kBegin + kZeroWindowUs - 1).total(), 4);
  const ZeroWindow next = WindowAt(window, kBegin + kZeroWindowUs + kMinuteUs);
  EXPECT_EQ(next, (ZeroWindow{.begun_us = kBegin + kZeroWindowUs, .zeros = 0, .zeros_before = 4}));
  EXPECT_EQ(WindowAt(window, kBegin + 2 * kZeroWindowUs - 1).total(), 4);
  EXPECT_EQ(WindowAt(window, kBegin + 2 * kZeroWindowUs).total(), 0);
}

// 25 of 100 within an hour, wherever the windows happen to begin.
TEST(Brake, ATrickleWithinOneWindow_IsTooMany_WhereverItBegins) {
  for (DurationUs offset = 0; offset < kZeroWindowUs; offset += 5 * kMinuteUs) {
    ZeroWindow window = WindowAt({}, kBegin);
    bool stopped = false;
    for (int n = 0; n < 25; ++n) {
      window = WindowAt(window, kBegin + offset + n * 2 * kMinuteUs);
      stopped = stopped || TooManyZeros(window.total() + 1, 100, 20);
      ++window.zeros;
    }
    EXPECT_TRUE(stopped) << "the trickle began " << offset / kMinuteUs << " min into a window";
  }
}

TEST(Brake, TheSameTrickleOverALongDay_IsTrade) {
  ZeroWindow window;
  for (int n = 0; n < 50; ++n) {
    window = WindowAt(window, kBegin + n * 10 * kMinuteUs);
    EXPECT_FALSE(TooManyZeros(window.total() + 1, 100, 20)) << n;
    ++window.zeros;
  }
}

TEST(Brake, AZero_TakesAListingToZero_UnlessItIsKnownToShowZero) {
  EXPECT_TRUE(TakesToZero(Decided(0, 5)));
  EXPECT_TRUE(TakesToZero(Decided(0, std::nullopt))) << "nobody knows what it shows";
  EXPECT_FALSE(TakesToZero(Decided(0, 0)));
  EXPECT_FALSE(TakesToZero(Decided(1, 5)));
  EXPECT_FALSE(TakesToZero(Decided(std::nullopt, 5))) << "a level that was never set is not 0";
  TargetRecord seen = Decided(0, std::nullopt);
  seen.shown = 0;
  EXPECT_FALSE(TakesToZero(seen));
}

TEST(Brake, AnOpenGate_LetsThrough_AndCountsTheZeros) {
  const GateRecord open{.state = GateState::kOpen, .batch = 4};
  EXPECT_EQ(PassGate(open, {}, Decided(0, 5)).state, TargetState::kDirty);
  EXPECT_TRUE(PassGate(open, {}, Decided(0, 5)).zeroing);
  EXPECT_FALSE(PassGate(open, {}, Decided(3, 5)).zeroing);
  TargetRecord held = Decided(0, 5);
  held.state = TargetState::kHeld;
  EXPECT_FALSE(PassGate(open, {}, held).zeroing) << "it is not to be sent";
}

TEST(Brake, AZeroThatWasCounted_DoesNotCountAgain_WhateverHappensToIt_UnlessItChanges) {
  const GateRecord open{.state = GateState::kOpen};
  TargetRecord before = Decided(0, 5);
  before.let_go = LetGo::kCounted;
  for (const TargetState state : {TargetState::kDirty, TargetState::kChanged, TargetState::kParked}) {
    before.state = state;
    const TargetRecord passed = PassGate(open, before, Decided(0, 5));
    EXPECT_FALSE(passed.zeroing);
    EXPECT_EQ(passed.let_go, LetGo::kCounted);
  }
  EXPECT_EQ(PassGate(open, before, Decided(2, 5)).let_go, LetGo::kNo);
  EXPECT_TRUE(PassGate(open, PassGate(open, before, Decided(2, 5)), Decided(0, 5)).zeroing) << "sold out once more";
  TargetRecord waits = Decided(0, 5);
  waits.zeroing = true;
  EXPECT_TRUE(PassGate(open, waits, Decided(0, 5)).zeroing) << "it still waits for its turn";
}

// It showed 0 and wanted 0; before its turn came somebody raised it at the marketplace.
TEST(Brake, AZeroThatTookNothing_Counts_WhenItDoes) {
  const TargetRecord before = PassGate({.state = GateState::kOpen}, {}, Decided(0, 0));
  EXPECT_FALSE(before.zeroing);
  EXPECT_TRUE(PassGate({.state = GateState::kOpen}, before, Decided(0, 10)).zeroing);
}

TEST(Brake, AZeroOfOrders_CountsNowhere_AndStaysASale_WhenTheUnitsLeave) {
  const GateRecord open{.state = GateState::kOpen};
  const TargetRecord sold = PassGate(open, {}, Decided(0, 5), ZeroCause::kOrders);
  EXPECT_EQ(sold.state, TargetState::kDirty);
  EXPECT_FALSE(sold.zeroing);
  EXPECT_EQ(sold.let_go, LetGo::kCounted);
  EXPECT_FALSE(PassGate(open, sold, Decided(0, 5), ZeroCause::kStock).zeroing) << "despatched before its turn came";
  const TargetRecord back = PassGate(open, sold, Decided(3, 5), ZeroCause::kStock);
  EXPECT_TRUE(PassGate(open, back, Decided(0, 5), ZeroCause::kStock).zeroing) << "another zero";
  EXPECT_EQ(PassGate(open, {}, Decided(3, 5), ZeroCause::kOrders).let_go, LetGo::kNo) << "no zero at all";
}

TEST(Brake, AZeroOfOrders_IsStoppedByAClosedGate_LikeEverything) {
  const TargetRecord stopped =
      PassGate({.state = GateState::kBraked, .batch = 4}, {}, Decided(0, 5), ZeroCause::kOrders);
  EXPECT_EQ(stopped.state, TargetState::kBraked);
  EXPECT_EQ(stopped.braked_batch, 5);
}

TEST(Brake, WhatIsInForce_IsLetGoNoMore) {
  TargetRecord before = Decided(0, 5);
  before.let_go = LetGo::kApproved;
  TargetRecord current = Decided(0, 5);
  current.state = TargetState::kCurrent;
  EXPECT_EQ(PassGate({.state = GateState::kOpen}, before, current).let_go, LetGo::kNo);
}

TEST(Brake, AClosedGate_StopsWhatWouldBeSent_InItsNextBatch) {
  for (const GateState state : {GateState::kFirst, GateState::kBraked, GateState::kReleasing}) {
    const GateRecord gate{.state = state, .reason = "why", .batch = 4};
    const TargetRecord stopped = PassGate(gate, {}, Decided(3, 5));
    EXPECT_EQ(stopped.state, TargetState::kBraked);
    EXPECT_EQ(stopped.braked_batch, 5);
    EXPECT_EQ(stopped.note, "why");
    TargetRecord current = Decided(5, 5);
    current.state = TargetState::kCurrent;
    EXPECT_EQ(PassGate(gate, {}, current).state, TargetState::kCurrent);
  }
}

// The plan that was shown is of exactly the rows that nothing has touched since.
TEST(Brake, AStoppedTargetThatIsDecidedAgain_ComesBackInANewBatch) {
  const GateRecord gate{.state = GateState::kBraked, .batch = 9};
  TargetRecord before = Decided(0, 5);
  before.state = TargetState::kChanged;
  before.braked_batch = 7;
  EXPECT_EQ(PassGate(gate, before, Decided(0, 5)).braked_batch, 10);
  TargetRecord current = Decided(5, 5);
  current.state = TargetState::kCurrent;
  EXPECT_EQ(PassGate(gate, before, current).braked_batch, 0);
}

TEST(Brake, WhatAPersonApproved_PassesAnyGate_WhileItDoesTheSame) {
  TargetRecord approved = Decided(0, 5);
  approved.let_go = LetGo::kApproved;
  for (const GateState state : {GateState::kOpen, GateState::kBraked}) {
    for (const TargetState was : {TargetState::kDirty, TargetState::kChanged}) {
      approved.state = was;
      const TargetRecord passed = PassGate({.state = state, .batch = 9}, approved, Decided(0, 5));
      EXPECT_EQ(passed.state, TargetState::kDirty);
      EXPECT_EQ(passed.let_go, LetGo::kApproved);
      EXPECT_FALSE(passed.zeroing);
    }
  }
  const GateRecord braked{.state = GateState::kBraked, .batch = 9};
  EXPECT_EQ(PassGate(braked, approved, Decided(1, 5)).state, TargetState::kBraked);
  EXPECT_EQ(PassGate(braked, approved, Decided(0, 0)).state, TargetState::kBraked) << "not what was approved";
}

}  // namespace
}  // namespace quayside
