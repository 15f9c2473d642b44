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

void RateLimits::Bucket::FillUntil(double time, const UsagePlan& plan) {
  const double seconds = std::max(0.0, time - filled_at) / kSecond;
  tokens = std::min(plan.burst, tokens + seconds * plan.rate);
  filled_at = time;
}

bool RateLimits::Bucket::Take() {
  // A token earned in many small steps may miss 1 by rounding.
  constexpr double kWholeToken = 1 - 1e-9;
  if (tokens < kWholeToken) return false;
  tokens -= 1;
  return true;
}

RateLimits::Bucket& RateLimits::BucketAt(std::size_t account, Operation operation, Micros now) {
  const UsagePlan& plan = Plan(operation);
  const auto time = static_cast<double>(now);
  Bucket& bucket = buckets_.try_emplace({account, operation}, Bucket{plan.burst, time}).first->second;
  if (bucket.other && bucket.other->per_second > 0) {
    OtherProgram& other = *bucket.other;
    const double gap = kSecond / other.per_second;
    // After so many calls it no longer matters how the bucket was before.
    constexpr double kMostCalls = 1e6;
    other.next_call = std::max(other.next_call, time - gap * kMostCalls);
    for (; other.next_call <= time; other.next_call += gap) {
      bucket.FillUntil(other.next_call, plan);
      ++(bucket.Take() ? other.served : other.refused);
    }
  }
  bucket.FillUntil(time, plan);
  return bucket;
}

bool RateLimits::TryTake(std::size_t account, Operation operation, Micros now) {
  return !enabled_ || BucketAt(account, operation, now).Take();
}

void RateLimits::SetOtherProgram(std::size_t account, Operation operation, double per_second, Micros now) {
  Bucket& bucket = BucketAt(account, operation, now);
  if (!bucket.other) bucket.other.emplace();
  bucket.other->per_second = per_second;
  bucket.other->next_call = per_second > 0 ? static_cast<double>(now) + kSecond / per_second : 0;
}

void RateLimits::SetPlan(Operation operation, UsagePlan plan) { plans_[operation] = plan; }

const UsagePlan& RateLimits::Plan(Operation operation) const {
  return plans_.try_emplace(operation, DefaultPlan(operation)).first->second;
}

}  // namespace amazon_sim
