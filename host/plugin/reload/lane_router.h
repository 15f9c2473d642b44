// Which generation does a lane's next step. A claim takes the lock of this and no other; nothing is done under it but
// to copy a pointer and count, so that even a claim that meets another finds it free before it would fall asleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "host/base/time.h"

namespace quayside {

class Generation;

// A generation, and how many hold it.
struct GenerationSeat {
  GenerationSeat(std::shared_ptr<Generation> seated, int64_t its_number)
      : generation(std::move(seated)), number(its_number) {}

  const std::shared_ptr<Generation> generation;
  const int64_t number;
  std::atomic<int> uses{0};
};

// Thread-safe.
class LaneRouter {
 public:
  using Seat = std::shared_ptr<GenerationSeat>;

  // The seat of the one that works, or that is to do the lane's next step, with one more use; null: nobody does. Once
  // another seat was set, the uses of this one do not grow any more.
  [[nodiscard]] Seat TakeActive();
  [[nodiscard]] Seat Take(const std::string& lane_id);

  // Everybody's, from now on (null: nobody's); a canary is over.
  void SetActive(Seat seat);
  // These lanes', from now on.
  void SetCanary(Seat seat, std::set<std::string> lanes);
  void EndCanary();
  // Nobody goes there any more.
  void Leave(const Seat& seat);

  // The longest that a claim had to wait for another since the last call; real time.
  [[nodiscard]] DurationUs TakeLongestWait();

 private:
  // Of a claim.
  [[nodiscard]] std::unique_lock<std::mutex> Lock();

  std::mutex mutex_;
  Seat active_;
  Seat canary_;
  std::set<std::string> canary_lanes_;
  DurationUs longest_wait_us_ = 0;
};

}  // namespace quayside
