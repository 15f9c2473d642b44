// A clock that whoever drives a world moves from one due time to the next, so that days pass in seconds. Waiters are
// woken when it moves. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "host/base/clock.h"

namespace quayside {

class SteppedClock final : public Clock {
 public:
  explicit SteppedClock(TimeUs now) : now_(now) {}
  void Advance(DurationUs duration);
  // Blocks until somebody begins to wait on this clock: whoever was at work may be done. Returns spuriously, too.
  void AwaitWaiter() const;

  [[nodiscard]] TimeUs Now() const override { return now_.load(); }
  void WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, TimeUs until) const override;
  [[nodiscard]] DurationUs RealDuration(DurationUs duration) const override { return duration; }

 private:
  std::atomic<TimeUs> now_;
  mutable std::mutex mutex_;
  mutable std::multiset<std::condition_variable*> waiting_;
  mutable std::condition_variable began_waiting_;
};

}  // namespace quayside
