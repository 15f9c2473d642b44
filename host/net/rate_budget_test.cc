#include "host/net/rate_budget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>
#include <random>
#include <thread>

namespace quayside {
namespace {

constexpr TimeUs kBudgetStart = 1'800'000'000 * kSecondUs;

class RateBudgetsTest : public ::testing::Test {
 protected:
  // How many can be taken right now.
  int Drain(std::string_view operation) {
    int taken = 0;
    while (!budgets_.Take("acc", operation)) ++taken;
    return taken;
  }
  TimeUs RetryAt(std::string_view operation) {
    const auto retry_at = budgets_.Take("acc", operation);
    EXPECT_TRUE(retry_at.has_value());
    return retry_at.value_or(0);
  }
  TimeUs Throttled(std::string_view operation, ThrottleCause cause = ThrottleCause::kUnexpected) {
    return budgets_.Throttled("acc", operation, clock_.Now(), cause);
  }

  ManualClock clock_{kBudgetStart};
  RateBudgets budgets_{clock_};
};

TEST_F(RateBudgetsTest, AnUndeclaredOperation_IsUnlimited) {
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(budgets_.Take("acc", "anything"));
  EXPECT_TRUE(budgets_.Snapshot("").empty());
}

TEST_F(RateBudgetsTest, ANewBucket_IsFull) {
  budgets_.Declare("acc", "searchOrders", 0.0056, 20);
  EXPECT_EQ(Drain("searchOrders"), 20);
}

TEST_F(RateBudgetsTest, RetryAt_IsTheFirstMicrosecondWithAToken) {
  for (const double rate : {0.0056, 0.016, 0.1, 0.5, 1.0 / 3, 2.0, 5.0, 30.0, 9999.0}) {
    const std::string operation = "op" + std::to_string(rate);
    budgets_.Declare("acc", operation, rate, 3);
    Drain(operation);
    for (int round = 0; round < 50; ++round) {
      const TimeUs retry_at = RetryAt(operation);
      clock_.Set(retry_at - 1);
      EXPECT_EQ(RetryAt(operation), retry_at) << rate;
      clock_.Set(retry_at);
      EXPECT_FALSE(budgets_.Take("acc", operation)) << rate;
    }
  }
}

TEST_F(RateBudgetsTest, SlowRate_DoesNotDriftOverMonths_HoweverOftenItIsPolled) {
  constexpr double kRate = 0.0056;
  budgets_.Declare("acc", "searchOrders", kRate, 20);
  Drain("searchOrders");
  constexpr int kTokens = 50'000;  // 103 days
  std::mt19937_64 random(1);
  for (int i = 0; i < kTokens; ++i) {
    const TimeUs retry_at = RetryAt("searchOrders");
    for (int poll = 0; poll < 5; ++poll) {
      clock_.Advance(static_cast<DurationUs>(random() % static_cast<uint64_t>(retry_at - clock_.Now())));
      ASSERT_EQ(RetryAt("searchOrders"), retry_at);
    }
    clock_.Set(retry_at);
    ASSERT_FALSE(budgets_.Take("acc", "searchOrders"));
  }
  const double exact_us = kTokens / kRate * 1e6;
  EXPECT_NEAR(static_cast<double>(clock_.Now() - kBudgetStart), exact_us, 1000);  // a millisecond in 103 days
}

// In every window of length t no more than burst + rate * t are sent, and someone who comes back when told loses
// nothing.
TEST_F(RateBudgetsTest, NoWindow_HoldsMoreThanBurstAndRateAllow) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto uniform = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random);
    };
    const double rate = std::exp(uniform(std::log(0.004), std::log(50.0)));
    const double burst = static_cast<double>(1 + random() % 30);
    const std::string operation = "op" + std::to_string(seed);
    budgets_.Declare("acc", operation, rate, burst);
    std::vector<TimeUs> sent;
    while (sent.size() < 400) {
      if (const auto retry_at = budgets_.Take("acc", operation); !retry_at) {
        sent.push_back(clock_.Now());
      } else if (random() % 4 == 0) {
        clock_.Set(*retry_at);
      }
      if (random() % 3 == 0) clock_.Advance(static_cast<DurationUs>(uniform(0, 3e6 / rate)));
    }
    for (size_t from = 0; from < sent.size(); ++from) {
      for (size_t to = from; to < sent.size(); ++to) {
        const double seconds = static_cast<double>(sent[to] - sent[from]) / 1e6;
        ASSERT_LE(static_cast<double>(to - from + 1), burst + rate * seconds + 1e-6) << "seed " << seed;
      }
    }
  }
}

TEST_F(RateBudgetsTest, WithABacklog_TheWholeAllowanceIsUsed) {
  budgets_.Declare("acc", "op", 0.5, 5);
  int sent = 0;
  while (clock_.Now() < kBudgetStart + kHourUs) {
    if (const auto retry_at = budgets_.Take("acc", "op")) {
      clock_.Set(*retry_at);
    } else {
      ++sent;
    }
  }
  EXPECT_EQ(sent, 5 + 1800 - 1);  // the token of the last second falls on the hour itself
}

TEST_F(RateBudgetsTest, Retune_CountsFromNow_AndKeepsWhatWasSaved) {
  budgets_.Declare("acc", "op", 1.0, 10);
  Drain("op");
  clock_.Advance(3 * kSecondUs);
  budgets_.Retune("acc", "op", 0.1);
  EXPECT_EQ(Drain("op"), 3);
  EXPECT_EQ(RetryAt("op"), clock_.Now() + 10 * kSecondUs);
  budgets_.Retune("acc", "op", 10);
  EXPECT_EQ(RetryAt("op"), clock_.Now() + 100 * kMillisecondUs);
}

TEST_F(RateBudgetsTest, Retune_IgnoresWhatIsNoRate) {
  budgets_.Declare("acc", "op", 1.0, 10);
  for (const double rate : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    budgets_.Retune("acc", "op", rate);
  EXPECT_EQ(budgets_.Snapshot("acc")[0].rate_per_second, 1.0);
  budgets_.Retune("acc", "unknown", 5);
  EXPECT_EQ(budgets_.Snapshot("acc").size(), 1u);
}

TEST_F(RateBudgetsTest, Throttled_EmptiesAndBlocksForOneInterval) {
  budgets_.Declare("acc", "op", 0.1, 20);
  clock_.Advance(kDayUs);
  EXPECT_EQ(Throttled("op", ThrottleCause::kRateLowered), clock_.Now() + 10 * kSecondUs);
  EXPECT_EQ(RetryAt("op"), clock_.Now() + 10 * kSecondUs);
  clock_.Advance(10 * kSecondUs - 1);
  EXPECT_EQ(RetryAt("op"), clock_.Now() + 1);
  clock_.Advance(1);
  EXPECT_EQ(Drain("op"), 1);
}

TEST_F(RateBudgetsTest, Throttled_OutlastsAFasterRate) {
  budgets_.Declare("acc", "op", 0.1, 20);
  const TimeUs until = Throttled("op");
  budgets_.Retune("acc", "op", 100);
  EXPECT_EQ(RetryAt("op"), until);
}

TEST_F(RateBudgetsTest, Throttled_OfAnUndeclaredOperation_ChangesNothing) { EXPECT_EQ(Throttled("op"), kBudgetStart); }

TEST_F(RateBudgetsTest, GiveBack_ReturnsTheToken_AndNeverMoreThanBurst) {
  budgets_.Declare("acc", "op", 0.0056, 2);
  Drain("op");
  budgets_.GiveBack("acc", "op");
  EXPECT_EQ(Drain("op"), 1);
  for (int i = 0; i < 10; ++i) budgets_.GiveBack("acc", "op");
  EXPECT_EQ(Drain("op"), 2);
}

TEST_F(RateBudgetsTest, GiveBack_DoesNotLiftABlock) {
  budgets_.Declare("acc", "op", 0.1, 2);
  EXPECT_FALSE(budgets_.Take("acc", "op"));
  const TimeUs until = Throttled("op");
  budgets_.GiveBack("acc", "op");
  EXPECT_EQ(RetryAt("op"), until);
}

TEST_F(RateBudgetsTest, Declare_KeepsTokensAndTheRateInForce_AndTakesTheNewBurst) {
  budgets_.Declare("acc", "op", 1.0, 10);
  Drain("op");
  budgets_.Retune("acc", "op", 0.5);
  budgets_.Declare("acc", "op", 1.0, 10);
  EXPECT_EQ(RetryAt("op"), clock_.Now() + 2 * kSecondUs);
  clock_.Advance(kHourUs);
  budgets_.Declare("acc", "op", 1.0, 3);
  EXPECT_EQ(Drain("op"), 3);
}

TEST_F(RateBudgetsTest, AccountsAndOperations_DoNotShare) {
  budgets_.Declare("acc", "a", 1.0, 1);
  budgets_.Declare("acc", "b", 1.0, 1);
  budgets_.Declare("other", "a", 1.0, 1);
  EXPECT_EQ(Drain("a"), 1);
  EXPECT_FALSE(budgets_.Take("acc", "b"));
  EXPECT_FALSE(budgets_.Take("other", "a"));
}

TEST_F(RateBudgetsTest, Restore_GoesOnWhereItStopped_PlusWhatTheRateGaveMeanwhile) {
  budgets_.Declare("acc", "op", 0.1, 20);
  Drain("op");
  budgets_.Retune("acc", "op", 0.2);
  const BudgetRecord stored = budgets_.Snapshot("acc")[0];
  clock_.Advance(15 * kSecondUs);  // the host is down

  RateBudgets later(clock_);
  later.Restore(stored);
  later.Declare("acc", "op", 0.1, 20);
  EXPECT_FALSE(later.Take("acc", "op"));
  EXPECT_FALSE(later.Take("acc", "op"));
  EXPECT_FALSE(later.Take("acc", "op"));
  EXPECT_EQ(later.Take("acc", "op"), clock_.Now() + 5 * kSecondUs);
}

TEST_F(RateBudgetsTest, Restore_KeepsABlock) {
  budgets_.Declare("acc", "op", 0.01, 20);
  const TimeUs until = Throttled("op");
  RateBudgets later(clock_);
  later.Restore(budgets_.Snapshot("acc")[0]);
  EXPECT_EQ(later.Take("acc", "op"), until);
}

TEST_F(RateBudgetsTest, Restore_OfADamagedRecord_StaysUsable) {
  RateBudgets later(clock_);
  later.Restore({.account_id = "acc",
                 .operation = "op",
                 .tokens = std::nan(""),
                 .rate_per_second = -5,
                 .burst = 0,
                 .updated_us = kBudgetStart});
  EXPECT_GT(later.Take("acc", "op").value_or(0), kBudgetStart);
}

TEST_F(RateBudgetsTest, AClockSetBack_NeitherGivesTokensNorStopsThem) {
  budgets_.Declare("acc", "op", 1.0, 5);
  Drain("op");
  const TimeUs until = Throttled("op");
  clock_.Advance(-kDayUs);
  EXPECT_EQ(RetryAt("op"), until - kDayUs);
  clock_.Set(until - kDayUs);
  EXPECT_EQ(Drain("op"), 1);
}

TEST_F(RateBudgetsTest, TakeChanges_TellsEachChangeOnceAndPerAccount) {
  budgets_.Declare("acc", "op", 1.0, 5);
  budgets_.Declare("acc2", "op", 1.0, 5);
  EXPECT_EQ(budgets_.TakeChanges("acc").size(), 1u);
  EXPECT_TRUE(budgets_.TakeChanges("acc").empty());
  EXPECT_FALSE(budgets_.Take("acc", "op"));
  const auto changes = budgets_.TakeChanges("acc");
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].tokens, 4);
  EXPECT_EQ(changes[0].updated_us, kBudgetStart);
  EXPECT_EQ(budgets_.TakeChanges("acc2").size(), 1u);
  Drain("op");
  (void)budgets_.TakeChanges("acc");
  (void)RetryAt("op");
  EXPECT_TRUE(budgets_.TakeChanges("acc").empty()) << "a look is no change";
}

TEST_F(RateBudgetsTest, Snapshot_ShowsTheTokensOfNow) {
  budgets_.Declare("acc", "op", 1.0, 5);
  Drain("op");
  clock_.Advance(2500 * kMillisecondUs);
  const auto all = budgets_.Snapshot("");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NEAR(all[0].tokens, 2.5, 1e-6);
  EXPECT_EQ(all[0].updated_us, clock_.Now());
  EXPECT_TRUE(budgets_.Snapshot("other").empty());
}

TEST_F(RateBudgetsTest, Forget_DropsTheAccountOnly) {
  budgets_.Declare("a", "op", 1.0, 1);
  budgets_.Declare("ab", "op", 1.0, 1);
  budgets_.Forget("a");
  ASSERT_EQ(budgets_.Snapshot("").size(), 1u);
  EXPECT_EQ(budgets_.Snapshot("")[0].account_id, "ab");
}

TEST_F(RateBudgetsTest, ManyThreads_NeverTakeMoreThanThereIs) {
  budgets_.Declare("acc", "op", 0.001, 500);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        if (!budgets_.Take("acc", "op")) ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 500);
}

}  // namespace
}  // namespace quayside
