// Amazon's usage plans: a token bucket per (selling partner and application, operation).
#pragma once

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

class RateLimits {
 public:
  // Takes a token; false when the bucket is empty. `account` is any key of (seller, application).
  bool TryTake(std::size_t account, Operation operation, Micros now);

  // Changes a plan; buckets keep what they hold, cut to the new size.
  void SetPlan(Operation operation, UsagePlan plan);
  const UsagePlan& Plan(Operation operation) const;
  void SetEnabled(bool enabled) { enabled_ = enabled; }
  bool enabled() const { return enabled_; }

 private:
  struct Bucket {
    double tokens;
    Micros filled_at;
  };
  mutable std::map<Operation, UsagePlan> plans_;
  std::map<std::pair<std::size_t, Operation>, Bucket> buckets_;
  bool enabled_ = true;
};

}  // namespace amazon_sim
