#include "host/sync/stored_budgets.h"

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

constexpr char kOperation[] = "searchOrders";

class StoredBudgetsTest : public testing::Test {
 protected:
  StoredBudgetsTest() {
    AddAccount("acc");
    budgets.Declare("acc", kOperation, 0.01, 20);
  }
  void AddAccount(const std::string& id) {
    world.Write([&](Tx& tx) { return tx.PutAccount({.id = id, .plugin_id = "shop"}); });
  }
  void Call(int times) {
    for (int i = 0; i < times; ++i) EXPECT_EQ(budgets.Take("acc", kOperation), std::nullopt);
  }
  double Left(const RateBudgets& of) {
    const auto list = of.List({.account_id = "acc"});
    return list.empty() ? -1 : list.front().record.tokens;
  }
  bool Exact() {
    return world.Read([](ReadTx& tx) { return tx.BudgetsAreExact(); });
  }
  // As a step does with its commit.
  void StoreChanges() {
    for (const BudgetRecord& record : budgets.TakeChanges("acc"))
      world.Write([&](Tx& tx) { return tx.PutBudget(record); });
  }

  StoreWorld world;
  RateBudgets budgets{world.clock};
};

TEST_F(StoredBudgetsTest, AStopThatWasHeardOf_KeepsEveryCall_AlsoThoseNoStepHasStored) {
  ASSERT_TRUE(TakeUpBudgets(world.store(), budgets).ok());
  EXPECT_FALSE(Exact()) << "while it runs the store lags behind";
  budgets.Declare("acc", kOperation, 0.01, 20);
  Call(3);
  StoreChanges();
  Call(4);
  ASSERT_TRUE(LayDownBudgets(world.store(), budgets).ok());
  EXPECT_TRUE(Exact());
  RateBudgets next(world.clock);
  ASSERT_TRUE(TakeUpBudgets(world.store(), next).ok());
  EXPECT_NEAR(Left(next), 13, 1e-6);
  EXPECT_FALSE(Exact());
}

TEST_F(StoredBudgetsTest, AfterAKill_NothingIsLeft_UntilItGrowsAgain) {
  ASSERT_TRUE(TakeUpBudgets(world.store(), budgets).ok());
  Call(3);
  StoreChanges();
  Call(17);  // nothing of this is stored
  world.clock.Advance(50 * kSecondUs);
  RateBudgets next(world.clock);
  ASSERT_TRUE(TakeUpBudgets(world.store(), next).ok());
  next.Declare("acc", kOperation, 0.01, 20);
  EXPECT_EQ(next.Take("acc", kOperation), world.now() + 100 * kSecondUs);
  world.clock.Advance(100 * kSecondUs);
  EXPECT_EQ(next.Take("acc", kOperation), std::nullopt);
  // Heard of: from here on it is exact again.
  ASSERT_TRUE(LayDownBudgets(world.store(), next).ok());
  world.clock.Advance(150 * kSecondUs);
  RateBudgets after(world.clock);
  ASSERT_TRUE(TakeUpBudgets(world.store(), after).ok());
  EXPECT_NEAR(Left(after), 1.5, 1e-6);
}

TEST_F(StoredBudgetsTest, AfterAKill_WhatAnotherProgramLeaves_IsStillKnown) {
  ASSERT_TRUE(TakeUpBudgets(world.store(), budgets).ok());
  Call(1);
  budgets.Throttled("acc", kOperation, world.now());
  StoreChanges();
  const double share = budgets.List({}).front().record.share;
  ASSERT_LT(share, 1);
  RateBudgets next(world.clock);
  ASSERT_TRUE(TakeUpBudgets(world.store(), next).ok());
  EXPECT_EQ(next.List({}).front().record.share, share);
}

TEST_F(StoredBudgetsTest, BudgetsOfAnAccountWhosePluginIsGone_AreTakenUp_OrAKillBeforeWouldBeForgotten) {
  Call(3);
  StoreChanges();
  world.Write([](Tx& tx) { return tx.SetBudgetsExact(false); });  // killed
  RateBudgets next(world.clock);
  ASSERT_TRUE(TakeUpBudgets(world.store(), next).ok());
  ASSERT_TRUE(LayDownBudgets(world.store(), next).ok());
  RateBudgets after(world.clock);
  ASSERT_TRUE(TakeUpBudgets(world.store(), after).ok());
  EXPECT_NEAR(Left(after), 0, 1e-6);
}

TEST_F(StoredBudgetsTest, AnAccountDeletedMeanwhile_LeavesNoBudget) {
  ASSERT_TRUE(TakeUpBudgets(world.store(), budgets).ok());
  budgets.Declare("gone", kOperation, 1, 1);
  ASSERT_TRUE(LayDownBudgets(world.store(), budgets).ok());
  EXPECT_EQ(world.Read([](ReadTx& tx) { return tx.ListBudgets("gone"); }).size(), 0u);
  EXPECT_EQ(world.Read([](ReadTx& tx) { return tx.ListBudgets("acc"); }).size(), 1u);
}

TEST_F(StoredBudgetsTest, MoreBudgetsThanOneTransactionHolds_AreAllStored) {
  ASSERT_TRUE(TakeUpBudgets(world.store(), budgets).ok());
  for (int i = 0; i < 2500; ++i) budgets.Declare("acc", "operation" + std::to_string(i), 1, 5);
  ASSERT_TRUE(LayDownBudgets(world.store(), budgets).ok());
  EXPECT_EQ(world.Read([](ReadTx& tx) { return tx.ListBudgets("acc"); }).size(), 2501u);
}

}  // namespace
}  // namespace quayside
