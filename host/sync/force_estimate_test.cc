#include "host/sync/force_estimate.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

BudgetStatus FivePerSecond() {
  BudgetStatus budget;
  budget.record.tokens = 10;
  budget.rate_per_second = 5;
  budget.burst = 10;
  return budget;
}

TEST(EstimateForceTest, NothingToSend_TakesNoTime) {
  EXPECT_EQ(EstimateForce(0, std::nullopt, std::nullopt, 0)->duration_us, 0);
}

TEST(EstimateForceTest, WithoutAnAllowance_NobodyKnows) {
  EXPECT_FALSE(EstimateForce(7, std::nullopt, kMinuteUs, 0).has_value());
  BudgetStatus stands_still;
  EXPECT_FALSE(EstimateForce(7, stands_still, std::nullopt, 0).has_value());
}

TEST(EstimateForceTest, ItemByItem_WhatIsSavedUpGoesAtOnce) {
  EXPECT_EQ(EstimateForce(10, FivePerSecond(), std::nullopt, 0)->duration_us, 0);
  EXPECT_EQ(EstimateForce(110, FivePerSecond(), std::nullopt, 0)->duration_us, 20 * kSecondUs);
  BudgetStatus blocked = FivePerSecond();
  blocked.record.tokens = 0;
  blocked.next_call_us = 7 * kSecondUs;
  EXPECT_EQ(EstimateForce(50, blocked, std::nullopt, 2 * kSecondUs)->duration_us, 15 * kSecondUs);
}

TEST(EstimateForceTest, ADocument_IsTakenWhenItIsSooner) {
  const auto few = EstimateForce(100, FivePerSecond(), 10 * kMinuteUs, 0);
  EXPECT_FALSE(few->by_document);
  EXPECT_EQ(few->calls, 100);
  const auto many = EstimateForce(1'000'000, FivePerSecond(), 10 * kMinuteUs, 0);
  EXPECT_TRUE(many->by_document);
  EXPECT_EQ(many->duration_us, 10 * kMinuteUs);
  EXPECT_GT(many->calls, 0) << "the allowance is used beside the document";
  EXPECT_LT(many->calls, 1'000'000);
}

}  // namespace
}  // namespace quayside
