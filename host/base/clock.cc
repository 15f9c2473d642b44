#include "host/base/clock.h"

#include <algorithm>
#include <chrono>

namespace quayside {
namespace {

int64_t MonotonicUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Longest single wait: the clock may be set meanwhile, and arithmetic on far times must not overflow.
constexpr DurationUs kLongestWaitUs = 60 * kSecondUs;

void WaitReal(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, DurationUs real_us) {
  if (real_us <= 0) return;
  condition.wait_for(lock, std::chrono::microseconds(std::min(real_us, kLongestWaitUs)));
}

}  // namespace

DurationUs Clock::DurationOfReal(DurationUs real) const {
  const auto real_hour = static_cast<double>(std::max<DurationUs>(1, RealDuration(kHourUs)));
  return static_cast<DurationUs>(static_cast<double>(real) * (static_cast<double>(kHourUs) / real_hour));
}

TimeUs SystemClock::Now() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void SystemClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                            TimeUs until) const {
  WaitReal(lock, condition, until - Now());
}

ScaledClock::ScaledClock(TimeUs now, double speed) : base_(now), base_monotonic_us_(MonotonicUs()), speed_(speed) {}

void ScaledClock::Set(TimeUs now, double speed) {
  const std::lock_guard<std::mutex> guard(mutex_);
  base_ = now;
  base_monotonic_us_ = MonotonicUs();
  speed_ = speed;
}

TimeUs ScaledClock::Now() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto elapsed = static_cast<double>(MonotonicUs() - base_monotonic_us_);
  last_ = std::max(last_, base_ + static_cast<TimeUs>(elapsed * speed_));
  return last_;
}

void ScaledClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                            TimeUs until) const {
  const DurationUs real = RealDuration(until - Now());
  // At least a millisecond, so that rounding at high speed cannot become a busy loop.
  if (until > Now()) WaitReal(lock, condition, std::max<DurationUs>(real, kMillisecondUs));
}

DurationUs ScaledClock::RealDuration(DurationUs duration) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return static_cast<DurationUs>(static_cast<double>(duration) / speed_);
}

void ManualClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                            TimeUs until) const {
  if (Now() >= until) return;
  condition.wait_for(lock, std::chrono::milliseconds(1));
}

}  // namespace quayside
