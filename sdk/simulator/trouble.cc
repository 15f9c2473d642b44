#include "sdk/simulator/trouble.h"

#include <algorithm>
#include <cmath>

namespace quayside::simulator {
namespace {

constexpr double kSecondUs = 1e6;

}  // namespace

Allowances::Allowances(std::map<std::string, RateLimit> limits, int64_t now_us) {
  for (const auto& [operation, limit] : limits) buckets_[operation] = {limit, limit.burst, now_us};
}

std::optional<int64_t> Allowances::Take(const std::string& operation, int64_t now_us) {
  const auto found = buckets_.find(operation);
  if (found == buckets_.end()) return std::nullopt;
  Bucket& bucket = found->second;
  const auto elapsed = static_cast<double>(std::max<int64_t>(0, now_us - bucket.filled_us));
  bucket.tokens = std::min(bucket.limit.burst, bucket.tokens + elapsed / kSecondUs * bucket.limit.per_second);
  bucket.filled_us = std::max(bucket.filled_us, now_us);
  if (bucket.tokens < 1)
    return static_cast<int64_t>(std::ceil((1 - bucket.tokens) / bucket.limit.per_second * kSecondUs));
  bucket.tokens -= 1;
  return std::nullopt;
}

Faults::Faults(std::vector<Fault> faults, uint64_t seed) : random_(seed) {
  for (Fault& fault : faults) rules_.push_back({std::move(fault)});
}

std::optional<Fault> Faults::Befall(const std::string& operation) {
  for (Rule& rule : rules_) {
    const Fault& fault = rule.fault;
    if (!fault.operation.empty() && fault.operation != operation) continue;
    if (rule.seen++ < fault.skip) continue;
    if (fault.count >= 0 && rule.fired >= fault.count) continue;
    // Of the generator itself: distributions differ from library to library.
    constexpr double kRange = 18446744073709551616.0;
    if (fault.probability < 1 && static_cast<double>(random_()) / kRange >= fault.probability) continue;
    ++rule.fired;
    return fault;
  }
  return std::nullopt;
}

bool Faults::Add(const Fault& fault) {
  if (rules_.size() >= kMostFaults) return false;
  rules_.push_back({fault});
  return true;
}

}  // namespace quayside::simulator
