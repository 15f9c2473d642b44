// The engine's lanes, while there is an engine. Thread-safe.
#pragma once

#include <shared_mutex>
#include <utility>

#include "host/plugin/lane_directory.h"

namespace quayside {

class LaneLink {
 public:
  // Waits for calls that are under way.
  void Set(LaneDirectory* lanes) {
    const std::unique_lock<std::shared_mutex> lock(mutex_);
    lanes_ = lanes;
  }
  // Runs `body(lanes)` if there are lanes.
  template <typename Body>
  void With(Body&& body) {
    const std::shared_lock<std::shared_mutex> lock(mutex_);
    if (lanes_ != nullptr) std::forward<Body>(body)(*lanes_);
  }

 private:
  std::shared_mutex mutex_;
  LaneDirectory* lanes_ = nullptr;
};

}  // namespace quayside
