// Ids the application makes, so that a write can be run again and a row's id is known before it is written.
#pragma once

#include <cstdint>
#include <mutex>

#include "host/base/clock.h"
#include "host/base/rng.h"
#include "host/base/time.h"

namespace quayside {

// No id of an IdSource that is made at `time` or later is smaller.
[[nodiscard]] constexpr int64_t FirstIdAt(TimeUs time) {
  const int64_t milliseconds = time / kMillisecondUs;
  if (milliseconds <= 0) return 0;
  return milliseconds >> 43 != 0 ? INT64_MAX : milliseconds << 20;
}

// 63-bit ids that increase with time: 43 bits of milliseconds, 20 random bits; strictly increasing within a process.
// Thread-safe.
class IdSource {
 public:
  IdSource(const Clock& clock, Rng& rng) : clock_(clock), rng_(rng) {}
  [[nodiscard]] int64_t Next() {
    const std::lock_guard<std::mutex> guard(mutex_);
    const int64_t candidate =
        (clock_.Now() / kMillisecondUs << 20) | static_cast<int64_t>(rng_.Below(uint64_t{1} << 20));
    last_ = candidate > last_ ? candidate : last_ + 1;
    return last_;
  }

 private:
  const Clock& clock_;
  Rng& rng_;
  std::mutex mutex_;
  int64_t last_ = 0;
};

}  // namespace quayside
