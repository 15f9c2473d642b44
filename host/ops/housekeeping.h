// What must be done now and then, by the host's clock: one thread that does it until its end.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "host/base/clock.h"

namespace quayside {

class Housekeeping {
 public:
  // Runs `work` every `interval_us`, the first time after one; never two at a time.
  Housekeeping(const Clock& clock, DurationUs interval_us, std::function<void()> work);
  // Waits for work that is under way.
  ~Housekeeping();
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

 private:
  void Loop();

  const Clock& clock_;
  const DurationUs interval_us_;
  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable ending_changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace quayside
