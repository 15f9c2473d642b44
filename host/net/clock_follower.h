// Development only: keeps a ScaledClock in step with the simulator's accelerated clock, so that the real host lives a
// simulated day in minutes. A thread of its own, joined by the destructor.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/http_client.h"
#include "host/ops/log.h"

namespace quayside {

class ClockFollower {
 public:
  // Reads the simulator once: UNAVAILABLE when it does not answer. Again whenever so much real time has passed.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<ClockFollower>> Start(
      HttpClient& client, Logger& logger, std::string url,
      std::chrono::milliseconds every = std::chrono::milliseconds(1000));
  ~ClockFollower();
  [[nodiscard]] const Clock& clock() const { return *clock_; }

 private:
  ClockFollower(HttpClient& client, Logger& logger, std::string url, std::chrono::milliseconds every);
  absl::Status Align();
  void Loop();

  HttpClient& client_;
  Logger& logger_;
  const std::string url_;
  const std::chrono::milliseconds every_;
  std::unique_ptr<ScaledClock> clock_;
  std::mutex mutex_;
  std::condition_variable stop_condition_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace quayside
