// Amazon's usage plans: a token bucket per (selling partner and application, operation).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/operation.h"
#include "core/sim_clock.h"

namespace amazon_sim {

struct UsagePlan {
  double rate = 0;                   // tokens per second
  double burst = 0;                  // size of the bucket
  std::optional<double> advertised;  // what x-amzn-RateLimit-Limit says, when it is not the rate
};

// The published one.
UsagePlan DefaultPlan(Operation operation);
// "5.0", "0.0056": as Amazon writes a rate.
std::string RateText(double rate);

// Somebody else who uses the same bucket.
struct OtherProgram {
  double per_second = 0;
  double next_call = 0;  // in microseconds
  std::uint64_t served = 0;
  std::uint64_t refused = 0;
};

class RateLimits {
 public:
  // Takes a token; false when the bucket is empty. `account` is any key of (seller, application).
  bool TryTake(std::size_t account, Operation operation, Micros now);

  // Another program of the same seller and application asks `per_second` times a second from now on, and takes a token
  // each time there is one. 0 ends it.
  void SetOtherProgram(std::size_t account, Operation operation, double per_second, Micros now);
  // Those there are or were, as of the last time their bucket was looked at.
  template <typename Visit>
  void ForEachOtherProgram(Visit visit) const {
    for (const auto& [key, bucket] : buckets_) {
      if (bucket.other) visit(key.first, key.second, *bucket.other);
    }
  }

  // Changes a plan; buckets keep what they hold, cut to the new size.
  void SetPlan(Operation operation, UsagePlan plan);
  const UsagePlan& Plan(Operation operation) const;
  void SetEnabled(bool enabled) { enabled_ = enabled; }
  bool enabled() const { return enabled_; }

 private:
  struct Bucket {
    double tokens;
    double filled_at;  // in microseconds
    std::optional<OtherProgram> other = std::nullopt;

    void FillUntil(double time, const UsagePlan& plan);
    bool Take();
  };
  // The bucket as it is now, after what others have taken.
  Bucket& BucketAt(std::size_t account, Operation operation, Micros now);
  mutable std::map<Operation, UsagePlan> plans_;
  std::map<std::pair<std::size_t, Operation>, Bucket> buckets_;
  bool enabled_ = true;
};

}  // namespace amazon_sim
