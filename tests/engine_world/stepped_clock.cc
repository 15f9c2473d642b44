#include "tests/engine_world/stepped_clock.h"

#include <chrono>

namespace quayside {

void SteppedClock::Advance(DurationUs duration) {
  now_.fetch_add(duration);
  const std::lock_guard<std::mutex> guard(mutex_);
  for (std::condition_variable* condition : waiting_) condition->notify_all();
}

void SteppedClock::AwaitWaiter() const {
  std::unique_lock<std::mutex> guard(mutex_);
  began_waiting_.wait_for(guard, std::chrono::milliseconds(1));
}

void SteppedClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                             TimeUs until) const {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    waiting_.insert(&condition);
  }
  began_waiting_.notify_all();
  // A move between the look at the time and the wait is noticed a moment later.
  if (Now() < until) condition.wait_for(lock, std::chrono::milliseconds(1));
  const std::lock_guard<std::mutex> guard(mutex_);
  waiting_.erase(waiting_.find(&condition));
}

}  // namespace quayside
