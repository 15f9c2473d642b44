#include "host/ops/housekeeping.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace quayside {
namespace {

// Runs of the work, waited for.
class Runs {
 public:
  void Add() {
    const std::lock_guard<std::mutex> guard(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool WaitFor(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST(Housekeeping, RunsAgainAndAgainByTheClock) {
  Runs runs;
  const ScaledClock clock(kDayUs, 1e6);  // an hour in 3.6 ms
  const Housekeeping housekeeping(clock, kHourUs, [&] { runs.Add(); });
  EXPECT_TRUE(runs.WaitFor(3));
}

TEST(Housekeeping, BeforeItsTime_ItDoesNothing_AndEndsAtOnce) {
  Runs runs;
  const SystemClock clock;
  {
    const Housekeeping housekeeping(clock, kHourUs, [&] { runs.Add(); });
  }
  EXPECT_EQ(runs.count(), 0);
}

// Tells what is waited for.
class WatchedClock final : public Clock {
 public:
  [[nodiscard]] TimeUs Now() const override { return now_; }
  void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, TimeUs until) const override {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      awaited_ = until;
    }
    changed_.notify_all();
    condition.wait_for(lock, std::chrono::milliseconds(1));
  }
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override { return duration; }
  void Set(TimeUs now) { now_ = now; }
  bool IsAwaited(TimeUs time) const {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return awaited_ == time; });
  }

 private:
  std::atomic<TimeUs> now_{100 * kDayUs};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable TimeUs awaited_ = 0;
};

TEST(Housekeeping, AClockThatWasSetBack_DelaysItByOneIntervalAtMost) {
  WatchedClock clock;
  const Housekeeping housekeeping(clock, kHourUs, [] {});
  EXPECT_TRUE(clock.IsAwaited(100 * kDayUs + kHourUs));
  clock.Set(kDayUs);
  EXPECT_TRUE(clock.IsAwaited(kDayUs + kHourUs));
}

}  // namespace
}  // namespace quayside
