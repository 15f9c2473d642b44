// Where the host's time comes from. Three kinds: the system's, one slaved to the simulator's accelerated clock
// (development only), and one that tests move by hand. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "host/base/time.h"

namespace quayside {

class Clock {
 public:
  virtual ~Clock() = default;
  // UTC microseconds.
  [[nodiscard]] virtual TimeUs Now() const = 0;
  // Waits on `condition` until it is notified or this clock reads `until`, whichever comes first. Spurious returns
  // happen.
  virtual void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                         TimeUs until) const = 0;
  // Real microseconds that pass while this clock advances by `duration`.
  [[nodiscard]] virtual DurationUs RealDuration(DurationUs duration) const = 0;
  // How far this clock advances in `real` microseconds.
  [[nodiscard]] DurationUs DurationOfReal(DurationUs real) const;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeUs Now() const override;
  void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, TimeUs until) const override;
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override { return duration; }
};

// Runs `speed` times as fast as real time from a given point; Set() aligns it again. Never goes backwards.
class ScaledClock final : public Clock {
 public:
  ScaledClock(TimeUs now, double speed);
  void Set(TimeUs now, double speed);
  [[nodiscard]] TimeUs Now() const override;
  void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, TimeUs until) const override;
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override;

 private:
  mutable std::mutex mutex_;
  TimeUs base_;
  int64_t base_monotonic_us_;
  double speed_;
  mutable TimeUs last_ = 0;
};

// Stands still until a test moves it. WaitUntil returns when the time is reached or the condition is notified.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeUs now) : now_(now) {}
  void Advance(DurationUs duration) { now_.fetch_add(duration); }
  void Set(TimeUs now) { now_.store(now); }
  [[nodiscard]] TimeUs Now() const override { return now_.load(); }
  void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, TimeUs until) const override;
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override { return duration; }

 private:
  std::atomic<TimeUs> now_;
};

}  // namespace quayside
