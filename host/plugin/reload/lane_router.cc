#include "host/plugin/reload/lane_router.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/base/pause.h"

namespace quayside {
namespace {

// To fall asleep and to be woken takes a busy machine milliseconds; the lock is held for a tenth of a microsecond.
constexpr int kTries = 200;

LaneRouter::Seat Used(const LaneRouter::Seat& seat) {
  if (seat != nullptr) ++seat->uses;
  return seat;
}

}  // namespace

std::unique_lock<std::mutex> LaneRouter::Lock() {
  std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) return lock;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < kTries && !lock.owns_lock(); ++i) {
    Pause();
    (void)lock.try_lock();
  }
  if (!lock.owns_lock()) lock.lock();
  const auto waited = std::chrono::steady_clock::now() - begun;
  longest_wait_us_ =
      std::max<DurationUs>(longest_wait_us_, std::chrono::duration_cast<std::chrono::microseconds>(waited).count());
  return lock;
}

LaneRouter::Seat LaneRouter::TakeActive() {
  const std::unique_lock<std::mutex> lock = Lock();
  return Used(active_);
}

LaneRouter::Seat LaneRouter::Take(const std::string& lane_id) {
  const std::unique_lock<std::mutex> lock = Lock();
  return Used(canary_ != nullptr && canary_lanes_.contains(lane_id) ? canary_ : active_);
}

void LaneRouter::SetActive(Seat seat) {
  std::set<std::string> lanes;
  Seat canary;
  const std::lock_guard<std::mutex> lock(mutex_);
  active_.swap(seat);
  canary_.swap(canary);
  canary_lanes_.swap(lanes);
}

void LaneRouter::SetCanary(Seat seat, std::set<std::string> lanes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  canary_.swap(seat);
  canary_lanes_.swap(lanes);
}

void LaneRouter::EndCanary() { SetCanary(nullptr, {}); }

void LaneRouter::Leave(const Seat& seat) {
  // What is let go of is the caller's, too: nothing ends under the lock.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (active_ == seat) active_ = nullptr;
  if (canary_ == seat) canary_ = nullptr;
}

DurationUs LaneRouter::TakeLongestWait() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(longest_wait_us_, 0);
}

}  // namespace quayside
