// An allowance that another program draws on, too: what is taken of it, and what a restart remembers of that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "host/net/fair_share.h"
#include "host/net/rate_budget.h"

namespace quayside {
namespace {

constexpr TimeUs kShareStart = 1'800'000'000 * kSecondUs;

// The marketplace's own bucket, and another program that takes `per_second` of it for as long as it runs.
class SharedMarketplace {
 public:
  SharedMarketplace(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}
  void SetOther(double per_second) { other_per_second_ = per_second; }

  bool Serve(TimeUs now) {
    for (; at_ < now; at_ += kTickUs) {
      tokens_ = std::min(burst_, tokens_ + rate_ * kTickSeconds);
      wanted_by_other_ += other_per_second_ * kTickSeconds;
      if (wanted_by_other_ < 1 || tokens_ < 1) continue;
      wanted_by_other_ -= 1;
      tokens_ -= 1;
    }
    if (tokens_ < 1 - 1e-6) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  static constexpr DurationUs kTickUs = kMillisecondUs;
  static constexpr double kTickSeconds = 0.001;

  const double rate_;
  const double burst_;
  double tokens_;
  double other_per_second_ = 0;
  double wanted_by_other_ = 0;
  TimeUs at_ = kShareStart;
};

class SharedBudgetTest : public ::testing::Test {
 protected:
  static constexpr double kRate = 5;
  static constexpr double kBurst = 5;

  struct Work {
    int served = 0;
    int refused = 0;
  };
  // Somebody who always has work and comes back when told.
  Work WorkFor(DurationUs duration) {
    Work work;
    const TimeUs until = clock_.Now() + duration;
    while (clock_.Now() < until) {
      if (const auto retry_at = budgets_.Take("acc", "op", "acc.inventory")) {
        clock_.Set(*retry_at);
        continue;
      }
      if (marketplace_.Serve(clock_.Now())) {
        ++work.served;
        budgets_.Served("acc", "op");
      } else {
        ++work.refused;
        budgets_.Throttled("acc", "op", clock_.Now());
      }
    }
    return work;
  }
  BudgetStatus Status() { return budgets_.List({.account_id = "acc"}).at(0); }

  void SetUp() override { budgets_.Declare("acc", "op", kRate, kBurst); }

  ManualClock clock_{kShareStart};
  RateBudgets budgets_{clock_};
  SharedMarketplace marketplace_{kRate, kBurst};
};

TEST_F(SharedBudgetTest, Alone_EverythingIsUsed_AndNothingIsRefused) {
  const Work work = WorkFor(kHourUs);
  EXPECT_EQ(work.refused, 0);
  EXPECT_GE(work.served, 0.999 * kRate * 3600);
  EXPECT_EQ(Status().record.share, 1);
  EXPECT_EQ(Status().record.shared_since_us, 0);
}

TEST_F(SharedBudgetTest, BesideAnotherProgram_WhatItLeavesIsUsed_AndItRecoversWhenItEnds) {
  marketplace_.SetOther(kRate / 2);
  const Work shared = WorkFor(kHourUs);
  EXPECT_GE(shared.served, 0.97 * kRate / 2 * 3600);
  EXPECT_LE(shared.refused, 0.03 * (shared.served + shared.refused));
  EXPECT_LT(Status().record.share, 0.9);
  EXPECT_GT(Status().record.shared_since_us, kShareStart);
  EXPECT_EQ(Status().rate_per_second, kRate * Status().record.share);

  marketplace_.SetOther(0);
  (void)WorkFor(10 * kMinuteUs);
  EXPECT_EQ(Status().record.share, 1);
  EXPECT_EQ(Status().record.shared_since_us, 0);
  EXPECT_EQ(Status().burst, kBurst);
  const Work alone = WorkFor(kHourUs);
  EXPECT_GE(alone.served, 0.999 * kRate * 3600);
  EXPECT_EQ(alone.refused, 0);
}

TEST_F(SharedBudgetTest, CallsThatWereUnderWayTogether_LowerTheShareOnce) {
  const TimeUs sent = clock_.Now();
  clock_.Advance(100 * kMillisecondUs);
  budgets_.Throttled("acc", "op", sent);
  const double once = Status().record.share;
  EXPECT_EQ(once, kShareAfterThrottle);
  clock_.Advance(kMillisecondUs);
  budgets_.Throttled("acc", "op", sent);
  EXPECT_EQ(Status().record.share, once);
  EXPECT_EQ(Status().refused_last_hour, 2);
  budgets_.Throttled("acc", "op", clock_.Now());
  EXPECT_LT(Status().record.share, once);
}

TEST_F(SharedBudgetTest, ARefusalThatStatesALowerRate_BlamesNobody) {
  budgets_.Throttled("acc", "op", clock_.Now(), ThrottleCause::kRateLowered);
  EXPECT_EQ(Status().record.share, 1);
  EXPECT_EQ(Status().refused_last_hour, 1);
  EXPECT_GT(Status().next_call_us, clock_.Now());
}

TEST_F(SharedBudgetTest, TheBurstFollowsTheShare_AndIsNeverLessThanOneCall) {
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(kSecondUs);
    budgets_.Throttled("acc", "op", clock_.Now());
  }
  EXPECT_EQ(Status().record.share, kSmallestShare);
  EXPECT_EQ(Status().burst, 1);
  clock_.Advance(kDayUs);
  EXPECT_FALSE(budgets_.Take("acc", "op"));
  EXPECT_EQ(budgets_.Take("acc", "op"), clock_.Now() + 4 * kSecondUs);
}

TEST_F(SharedBudgetTest, ARestart_RemembersTheShare_AndTimeGivesItBack) {
  budgets_.Throttled("acc", "op", clock_.Now());
  const std::vector<BudgetRecord> stored = budgets_.TakeChanges("acc");
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].share, kShareAfterThrottle);
  clock_.Advance(10 * kMinuteUs);  // the host is down

  RateBudgets later(clock_);
  later.Restore(stored[0]);
  later.Declare("acc", "op", kRate, kBurst);
  const BudgetStatus restored = later.List({}).at(0);
  EXPECT_EQ(restored.record.share, kShareAfterThrottle);
  EXPECT_EQ(restored.record.shared_since_us, kShareStart);
  EXPECT_EQ(restored.record.refused_us, kShareStart);
  EXPECT_EQ(restored.record.tokens, SharedBurst(kBurst, kShareAfterThrottle));
  later.Served("acc", "op");
  EXPECT_NEAR(later.List({}).at(0).record.share, kShareAfterThrottle + 1.0 / 36, 1e-9);
  EXPECT_EQ(later.TakeChanges("acc").size(), 1u);
}

TEST_F(SharedBudgetTest, AfterAKill_NothingThatMayHaveBeenSpentIsThereAgain) {
  const std::vector<BudgetRecord> stored = budgets_.TakeChanges("acc");
  clock_.Advance(kHourUs);
  while (!budgets_.Take("acc", "op")) {  // spent, and the host is killed before it is stored
  }

  RateBudgets later(clock_);
  later.Restore(stored.at(0), false);
  EXPECT_EQ(later.Take("acc", "op"), clock_.Now() + 200 * kMillisecondUs);
  EXPECT_EQ(later.TakeChanges("acc").size(), 1u) << "it stays so if the next host is killed, too";
}

TEST_F(SharedBudgetTest, ADamagedShare_StaysUsable) {
  for (const double share : {std::nan(""), -1.0, 0.0, 7.0, std::numeric_limits<double>::infinity()}) {
    RateBudgets later(clock_);
    later.Restore({.account_id = "acc",
                   .operation = "op",
                   .tokens = 1,
                   .rate_per_second = 1,
                   .burst = 5,
                   .updated_us = kShareStart,
                   .share = share});
    const double usable = later.List({}).at(0).record.share;
    EXPECT_TRUE(usable >= kSmallestShare && usable <= 1) << share << " became " << usable;
  }
}

TEST_F(SharedBudgetTest, AClockSetBack_KeepsTheDistances) {
  budgets_.Throttled("acc", "op", clock_.Now());
  clock_.Advance(kMinuteUs);
  (void)budgets_.Take("acc", "op");
  clock_.Advance(-kDayUs);
  budgets_.Served("acc", "op");
  EXPECT_NEAR(Status().record.share, kShareAfterThrottle + 1.0 / 360, 1e-9);
  EXPECT_EQ(Status().record.shared_since_us, clock_.Now() - kMinuteUs);
}

// The marketplace counts a call when it arrives, which is some time between sending and the answer.
TEST(RateBudgetsOnTheWay, NothingArrivesTooEarly_HoweverLongCallsTake) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto uniform = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random);
    };
    const double rate = std::exp(uniform(std::log(0.5), std::log(50.0)));
    const double burst = static_cast<double>(2 + random() % 20);
    ManualClock clock(kShareStart);
    RateBudgets budgets(clock);
    budgets.Declare("acc", "op", rate, burst);
    double tokens = burst;
    TimeUs settled = kShareStart;
    int calls = 0;
    while (calls < 2000) {
      if (const auto retry_at = budgets.Take("acc", "op")) {
        clock.Set(*retry_at);
        continue;
      }
      // Now and then a new connection, and a rest that fills the bucket.
      const auto way = static_cast<DurationUs>(uniform(0, random() % 50 == 0 ? 900'000 : 60'000));
      const TimeUs arrival = clock.Now() + static_cast<DurationUs>(uniform(0, 1) * static_cast<double>(way));
      tokens = std::min(burst, tokens + static_cast<double>(arrival - settled) * rate / 1e6);
      settled = arrival;
      ASSERT_GE(tokens, 1 - 1e-6) << "seed " << seed << ", call " << calls;
      tokens -= 1;
      ++calls;
      clock.Advance(way);
      budgets.Arrived("acc", "op");
      if (random() % 200 == 0) clock.Advance(static_cast<DurationUs>(uniform(0, 2e6 * burst / rate)));
    }
  }
}

TEST(RateBudgetsOnTheWay, CostsNothingOfTheRate) {
  ManualClock clock(kShareStart);
  RateBudgets budgets(clock);
  budgets.Declare("acc", "op", 5, 5);
  int calls = 0;
  while (clock.Now() < kShareStart + kHourUs) {
    if (const auto retry_at = budgets.Take("acc", "op")) {
      clock.Set(*retry_at);
      continue;
    }
    ++calls;
    clock.Advance(80 * kMillisecondUs);
    budgets.Arrived("acc", "op");
  }
  EXPECT_GE(calls, 0.999 * 5 * 3600);
}

// What can be read

TEST_F(SharedBudgetTest, List_TellsWhoUsesTheAllowance) {
  const auto call = [&](const char* lane, int times) {
    for (int i = 0; i < times; ++i) {
      EXPECT_FALSE(budgets_.Take("acc", "op", lane));
      clock_.Advance(kSecondUs);
    }
  };
  call("acc.inventory", 12);
  clock_.Advance(5 * kMinuteUs);
  call("acc.inventory", 7);
  call("acc.de.listings", 3);
  EXPECT_FALSE(budgets_.Take("acc", "op"));
  budgets_.GiveBack("acc", "op");
  const std::vector<LaneUsage> users = Status().used_by;
  ASSERT_EQ(users.size(), 2u) << "what did not go out is nobody's";
  EXPECT_EQ(users[0].lane_id, "acc.inventory");
  EXPECT_EQ(users[0].last_minute, 7);
  EXPECT_EQ(users[0].last_hour, 19);
  EXPECT_EQ(users[1].lane_id, "acc.de.listings");
  EXPECT_EQ(users[1].last_hour, 3);
  clock_.Advance(kHourUs);
  EXPECT_TRUE(Status().used_by.empty());
}

TEST_F(SharedBudgetTest, List_SaysWhatIsLeftAndWhenTheNextCallIsPossible) {
  EXPECT_EQ(Status().next_call_us, 0);
  EXPECT_EQ(Status().record.tokens, 5);
  while (!budgets_.Take("acc", "op")) {
  }
  EXPECT_EQ(Status().next_call_us, clock_.Now() + 200 * kMillisecondUs);
  clock_.Advance(100 * kMillisecondUs);
  EXPECT_NEAR(Status().record.tokens, 0.5, 1e-6);
  EXPECT_EQ(budgets_.Take("acc", "op"), Status().next_call_us) << "a look changes nothing";
}

TEST_F(SharedBudgetTest, List_GoesOnBehindTheLast_AndKeepsToAnAccount) {
  RateBudgets budgets(clock_);
  for (const char* account : {"a", "a-b", "b"}) {
    for (const char* operation : {"x", "y"}) budgets.Declare(account, operation, 1, 1);
  }
  const auto names = [&](const BudgetQuery& query) {
    std::vector<std::string> all;
    for (const BudgetStatus& status : budgets.List(query))
      all.push_back(status.record.account_id + "/" + status.record.operation);
    return all;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(names({}), ElementsAre("a/x", "a/y", "a-b/x", "a-b/y", "b/x", "b/y"));
  EXPECT_THAT(names({.limit = 3}), ElementsAre("a/x", "a/y", "a-b/x"));
  EXPECT_THAT(names({.after_account_id = "a-b", .after_operation = "x", .limit = 2}), ElementsAre("a-b/y", "b/x"));
  EXPECT_THAT(names({.account_id = "a"}), ElementsAre("a/x", "a/y"));
  EXPECT_THAT(names({.account_id = "a", .after_account_id = "a", .after_operation = "x"}), ElementsAre("a/y"));
  EXPECT_THAT(names({.account_id = "a", .after_account_id = "a", .after_operation = "y"}), ElementsAre());
  EXPECT_THAT(names({.account_id = "nobody"}), ElementsAre());
}

}  // namespace
}  // namespace quayside
