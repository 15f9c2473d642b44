#include "host/base/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace quayside {
namespace {

int64_t RealUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

constexpr TimeUs kStart = 1'800'000'000 * kSecondUs;

TEST(ScaledClock, RunsSpeedTimesAsFastAsRealTime) {
  constexpr double kSpeed = 1000;
  const int64_t before = RealUs();
  const ScaledClock clock(kStart, kSpeed);
  const int64_t made = RealUs();
  while (clock.Now() - kStart < 2 * kSecondUs) {
  }
  const int64_t first = RealUs();
  const TimeUs now = clock.Now();
  const int64_t last = RealUs();
  // Bounded from outside, however long the machine takes between the lines; a microsecond of rounding each way.
  EXPECT_GE(now - kStart, static_cast<double>(first - made - 2) * kSpeed);
  EXPECT_LE(now - kStart, static_cast<double>(last - before + 2) * kSpeed);
}

TEST(ScaledClock, NeverGoesBackwards_WhenSetToAnEarlierTime) {
  ScaledClock clock(kStart, 1);
  const TimeUs before = clock.Now();
  clock.Set(kStart - kHourUs, 1);
  EXPECT_GE(clock.Now(), before);
}

TEST(ScaledClock, NeverGoesBackwards_ForManyReadersWhileItIsAligned) {
  ScaledClock clock(kStart, 100);
  std::vector<std::thread> readers;
  std::atomic<int> backwards{0};
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      TimeUs last = 0;
      for (int n = 0; n < 5000; ++n) {
        const TimeUs now = clock.Now();
        if (now < last) ++backwards;
        last = now;
      }
    });
  }
  for (int n = 0; n < 500; ++n) clock.Set(kStart + (n % 2 == 0 ? -kSecondUs : n * kSecondUs), 100 + n);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(backwards, 0);
}

TEST(ScaledClock, Set_JumpsForwardAtOnce) {
  ScaledClock clock(kStart, 1);
  clock.Set(kStart + kDayUs, 1);
  EXPECT_GE(clock.Now(), kStart + kDayUs);
}

TEST(ScaledClock, DurationOfReal_IsTheOtherWayRound) {
  ScaledClock clock(0, 60);
  EXPECT_EQ(clock.DurationOfReal(2 * kSecondUs), 2 * kMinuteUs);
  clock.Set(0, 0.5);
  EXPECT_EQ(clock.DurationOfReal(2 * kSecondUs), kSecondUs);
  EXPECT_EQ(ManualClock(0).DurationOfReal(2 * kSecondUs), 2 * kSecondUs);
}

TEST(ScaledClock, RealDuration_IsDividedBySpeed) {
  ScaledClock clock(kStart, 60);
  EXPECT_EQ(clock.RealDuration(kHourUs), kMinuteUs);
  clock.Set(kStart, 0.5);
  EXPECT_EQ(clock.RealDuration(kSecondUs), 2 * kSecondUs);
}

TEST(ScaledClock, WaitUntil_ReturnsOnceTheScaledTimeIsReached) {
  const ScaledClock clock(kStart, 10'000);
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock<std::mutex> lock(mutex);
  const int64_t before = RealUs();
  while (clock.Now() < kStart + kMinuteUs) clock.WaitUntil(lock, condition, kStart + kMinuteUs);
  EXPECT_LT(RealUs() - before, 10 * kSecondUs);
}

TEST(SystemClock, WaitUntil_ReturnsAtOnce_WhenTheTimeHasPassed) {
  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock<std::mutex> lock(mutex);
  clock.WaitUntil(lock, condition, 0);
  EXPECT_TRUE(lock.owns_lock());
}

TEST(ManualClock, StandsStillUntilMoved) {
  ManualClock clock(kStart);
  EXPECT_EQ(clock.Now(), kStart);
  clock.Advance(5);
  EXPECT_EQ(clock.Now(), kStart + 5);
  clock.Set(7);
  EXPECT_EQ(clock.Now(), 7);
}

TEST(ManualClock, WaitUntil_ReturnsWhenAnotherThreadMovesIt) {
  ManualClock clock(0);
  std::mutex mutex;
  std::condition_variable condition;
  std::thread mover([&] { clock.Set(kSecondUs); });
  {
    std::unique_lock<std::mutex> lock(mutex);
    while (clock.Now() < kSecondUs) clock.WaitUntil(lock, condition, kSecondUs);
  }
  mover.join();
  EXPECT_EQ(clock.Now(), kSecondUs);
}

}  // namespace
}  // namespace quayside
