#include "core/rate_limits.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace amazon_sim {

UsagePlan DefaultPlan(Operation operation) {
  const OperationInfo& info = Info(operation);
  return {.rate = info.rate, .burst = info.burst};
}

std::string RateText(double rate) {
  std::array<char, 32> text;
  const int size = std::snprintf(text.data(), text.size(), "%.6g", rate);
  std::string written(text.data(), static_cast<std::size_t>(size));
  return written.find_first_of(".e") == std::string::npos ? written + ".0" : written;
}

bool RateLimits::TryTake(std::size_t account, Operation operation, Micros now) {
  if (!enabled_) return true;
  const UsagePlan& plan = Plan(operation);
  auto [slot, is_new] = buckets_.try_emplace({account, operation}, Bucket{plan.burst, now});
  Bucket& bucket = slot->second;
  const double seconds = static_cast<double>(std::max<Micros>(0, now - bucket.filled_at)) / kSecond;
  bucket.tokens = std::min(plan.burst, bucket.tokens + seconds * plan.rate);
  bucket.filled_at = now;
  // A token earned in many small steps may miss 1 by rounding.
  constexpr double kWholeToken = 1 - 1e-9;
  if (bucket.tokens < kWholeToken) return false;
  bucket.tokens -= 1;
  return true;
}

void RateLimits::SetPlan(Operation operation, UsagePlan plan) { plans_[operation] = plan; }

const UsagePlan& RateLimits::Plan(Operation operation) const {
  return plans_.try_emplace(operation, DefaultPlan(operation)).first->second;
}

}  // namespace amazon_sim
