#include "host/inventory/drift.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

constexpr TimeUs kAcceptedAt = 1'000 * kMinuteUs;
constexpr TimeUs kShownBy = kAcceptedAt + kQuantityShowsAfterUs;

TargetRecord AtRest() {
  return {.account_id = "acc",
          .sku = "MUG",
          .owner_channel_id = "uk",
          .state = TargetState::kCurrent,
          .wanted = 5,
          .accepted = 5,
          .accepted_us = kAcceptedAt};
}

constexpr KnownOrders kNobodyBuys{};

TEST(CompareQuantityTest, WhatWasAcceptedIsShown) {
  EXPECT_EQ(CompareQuantity(AtRest(), {5, kShownBy}, kNobodyBuys), QuantityComparison::kAgrees);
}

TEST(CompareQuantityTest, AnotherNumber_ThatNothingExplains_Differs) {
  for (const int32_t shown : {0, 4, 6, 1000}) {
    EXPECT_EQ(CompareQuantity(AtRest(), {shown, kShownBy}, kNobodyBuys), QuantityComparison::kDiffers) << shown;
  }
}

TEST(CompareQuantityTest, WhatWasSeenBeforeItCouldShow_ProvesNothing) {
  EXPECT_EQ(CompareQuantity(AtRest(), {4, kShownBy - 1}, kNobodyBuys), QuantityComparison::kUnsettled);
  EXPECT_EQ(CompareQuantity(AtRest(), {5, kAcceptedAt - 1}, kNobodyBuys), QuantityComparison::kUnsettled);
}

TEST(CompareQuantityTest, OrdersThatAreNotKnownYet_MayExplainIt) {
  EXPECT_EQ(CompareQuantity(AtRest(), {4, kShownBy}, {true, kShownBy - 1}), QuantityComparison::kUnsettled);
  EXPECT_EQ(CompareQuantity(AtRest(), {6, kShownBy}, {true, kShownBy - 1}), QuantityComparison::kUnsettled);
  EXPECT_EQ(CompareQuantity(AtRest(), {4, kShownBy}, {true, kShownBy}), QuantityComparison::kDiffers);
  EXPECT_EQ(CompareQuantity(AtRest(), {5, kShownBy}, {true, 0}), QuantityComparison::kAgrees);
}

TEST(CompareQuantityTest, WhatIsOnItsWay_IsNoDrift) {
  for (const TargetState state :
       {TargetState::kNone, TargetState::kDirty, TargetState::kHeld, TargetState::kInFlight, TargetState::kParked,
        TargetState::kChanged, TargetState::kInBulk, TargetState::kUnread, TargetState::kBraked}) {
    TargetRecord target = AtRest();
    target.state = state;
    EXPECT_EQ(CompareQuantity(target, {9, kShownBy}, kNobodyBuys), QuantityComparison::kUnsettled);
  }
  TargetRecord in_document = AtRest();
  in_document.bulk_id = 3;
  EXPECT_EQ(CompareQuantity(in_document, {9, kShownBy}, kNobodyBuys), QuantityComparison::kUnsettled);
  TargetRecord sold = AtRest();
  sold.accepted_stale = true;
  EXPECT_EQ(CompareQuantity(sold, {4, kShownBy}, kNobodyBuys), QuantityComparison::kUnsettled);
}

TEST(CompareQuantityTest, WithoutANumberOnBothSides_ThereIsNothingToCompare) {
  EXPECT_EQ(CompareQuantity(AtRest(), {std::nullopt, kShownBy}, kNobodyBuys), QuantityComparison::kIncomparable);
  TargetRecord never_sent = AtRest();
  never_sent.accepted.reset();
  EXPECT_EQ(CompareQuantity(never_sent, {5, kShownBy}, kNobodyBuys), QuantityComparison::kIncomparable);
}

TEST(HasQuantityToCompareTest, OnlyOfAListingThatHasASay) {
  const ListingRecord good{.channel_id = "uk", .sku = "MUG", .fulfilment = Fulfilment::kMerchant, .item_id = 1};
  EXPECT_TRUE(HasQuantityToCompare(good, AtRest()));
  ListingRecord other = good;
  other.vanished = true;
  EXPECT_FALSE(HasQuantityToCompare(other, AtRest()));
  other = good;
  other.ignored = true;
  EXPECT_FALSE(HasQuantityToCompare(other, AtRest()));
  other = good;
  other.item_id = 0;
  EXPECT_FALSE(HasQuantityToCompare(other, AtRest()));
  other = good;
  other.fulfilment = Fulfilment::kMarketplace;
  EXPECT_FALSE(HasQuantityToCompare(other, AtRest()));
  other = good;
  other.channel_id = "de";
  EXPECT_FALSE(HasQuantityToCompare(other, AtRest())) << "another channel decides for the SKU";
}

TEST(IsConfirmedTest, MoreIsADifference_LessOnlyWhenLessWasSuspected) {
  const DriftRecord more{.expected = 5, .shown = 8};
  EXPECT_TRUE(IsConfirmed(more, 8));
  EXPECT_TRUE(IsConfirmed(more, 6));
  EXPECT_FALSE(IsConfirmed(more, 5));
  EXPECT_FALSE(IsConfirmed(more, 4)) << "it was right, and one was sold";
  const DriftRecord less{.expected = 5, .shown = 2};
  EXPECT_TRUE(IsConfirmed(less, 2));
  EXPECT_TRUE(IsConfirmed(less, 1));
  EXPECT_FALSE(IsConfirmed(less, 5));
  EXPECT_TRUE(IsConfirmed(less, std::nullopt));
}

}  // namespace
}  // namespace quayside
