// How often one caller may call, and how many streams he may have, so that one cannot take the host from the others.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/access/principal.h"
#include "host/base/clock.h"

namespace quayside {

struct AccessLimits {
  int calls_per_second = 200;  // and as many at once after a pause
  int streams = 100;           // open at the same time
};

// Held while the stream is open; the place is free again when the last copy goes. Outlives the limits without harm.
using StreamPlace = std::shared_ptr<const void>;

// Thread-safe.
class PrincipalLimits {
 public:
  using SteadyNow = std::function<std::chrono::steady_clock::time_point()>;

  // `clock`: of the retry time in the errors; the rate itself is of real time.
  PrincipalLimits(AccessLimits limits, const Clock& clock, SteadyNow now = &std::chrono::steady_clock::now)
      : limits_(limits), clock_(clock), now_(std::move(now)), streams_(std::make_shared<Streams>()) {}

  // RESOURCE_EXHAUSTED CALL_LIMIT with the time of the next call that is let in.
  [[nodiscard]] absl::Status Call(const Principal& principal);
  // RESOURCE_EXHAUSTED STREAM_LIMIT.
  [[nodiscard]] absl::StatusOr<StreamPlace> Stream(const Principal& principal);

 private:
  struct Bucket {
    double tokens = 0;
    std::chrono::steady_clock::time_point filled;
  };
  struct Streams {
    std::mutex mutex;
    std::map<std::string, int> open;
  };

  const AccessLimits limits_;
  const Clock& clock_;
  const SteadyNow now_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
  const std::shared_ptr<Streams> streams_;
};

}  // namespace quayside
