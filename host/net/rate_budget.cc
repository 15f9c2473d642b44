#include "host/net/rate_budget.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "host/net/fair_share.h"

namespace quayside {
namespace {

// Absorbs the rounding of tokens + elapsed * rate, so that a token is there at exactly the time that was promised. What
// it lends is kept: the balance goes below zero by as much.
constexpr double kRounding = 1e-9;
// One token in 116 days; keeps 1/rate within the range of TimeUs.
constexpr double kSlowestRate = 1e-7;
constexpr double kMicrosecondsPerSecond = 1e6;

double UsableRate(double rate) { return std::isfinite(rate) ? std::max(rate, kSlowestRate) : kSlowestRate; }
// Less than one token could never be taken.
double UsableBurst(double burst) { return std::isfinite(burst) ? std::max(burst, 1.0) : 1.0; }

double UsableShare(double share) { return std::isfinite(share) ? std::clamp(share, kSmallestShare, 1.0) : 1.0; }

double RateOf(const BudgetRecord& record) { return SharedRate(record.rate_per_second, record.share); }
double BurstOf(const BudgetRecord& record) { return SharedBurst(record.burst, record.share); }

double TokensAt(const BudgetRecord& record, TimeUs time) {
  const auto elapsed_us = static_cast<double>(std::max<DurationUs>(time - record.updated_us, 0));
  return std::min(BurstOf(record), record.tokens + elapsed_us * RateOf(record) / kMicrosecondsPerSecond);
}

bool HasToken(const BudgetRecord& record, TimeUs time) {
  return time >= record.blocked_until_us && TokensAt(record, time) >= 1.0 - kRounding;
}

// First microsecond with a token.
TimeUs NextToken(const BudgetRecord& record) {
  const double wait_us = std::ceil((1.0 - record.tokens) * kMicrosecondsPerSecond / RateOf(record));
  TimeUs time = record.updated_us + static_cast<DurationUs>(std::max(wait_us, 0.0));
  // The division rounds either way; the answer is what HasToken says.
  while (TokensAt(record, time) < 1.0 - kRounding) ++time;
  while (time > record.updated_us && TokensAt(record, time - 1) >= 1.0 - kRounding) --time;
  return std::max(time, record.blocked_until_us);
}

// The system's clock was set back: keep the distances, or the bucket would stand still until the old time comes again.
void FollowClockBackwards(BudgetRecord& record, TimeUs now) {
  if (now >= record.updated_us) return;
  const DurationUs step = record.updated_us - now;
  for (TimeUs* const time :
       {&record.blocked_until_us, &record.share_changed_us, &record.shared_since_us, &record.refused_us}) {
    if (*time != 0) *time -= step;
  }
  record.updated_us = now;
}

std::pair<std::string, std::string> BucketKey(std::string_view account_id, std::string_view operation) {
  return {std::string(account_id), std::string(operation)};
}

}  // namespace

// Settles the balance at the present time. Called when something changes, never by a mere look, so that polling an
// empty bucket adds no rounding.
void RateBudgets::Refill(BudgetRecord& record) const {
  const TimeUs now = clock_.Now();
  FollowClockBackwards(record, now);
  record.tokens = TokensAt(record, now);
  record.updated_us = now;
}

void RateBudgets::Declare(std::string_view account_id, std::string_view operation, double rate, double burst) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const double usable_burst = UsableBurst(burst);
  const auto [found, is_new] = buckets_.try_emplace(BucketKey(account_id, operation));
  Bucket& bucket = found->second;
  if (is_new) {
    bucket.record = {.account_id = std::string(account_id),
                     .operation = std::string(operation),
                     .tokens = usable_burst,
                     .rate_per_second = UsableRate(rate),
                     .burst = usable_burst,
                     .updated_us = clock_.Now()};
    bucket.changed = true;
  } else if (bucket.record.burst != usable_burst) {
    // Only the manifest tells the burst; the rate stays as the marketplace told it last.
    Refill(bucket.record);
    bucket.record.burst = usable_burst;
    bucket.record.tokens = std::min(bucket.record.tokens, BurstOf(bucket.record));
    bucket.changed = true;
  }
}

void RateBudgets::Restore(const BudgetRecord& record, bool exact) {
  const std::lock_guard<std::mutex> guard(mutex_);
  Bucket bucket{.record = record};
  bucket.record.rate_per_second = UsableRate(record.rate_per_second);
  bucket.record.burst = UsableBurst(record.burst);
  bucket.record.share = UsableShare(record.share);
  bucket.record.tokens = std::isfinite(record.tokens) ? std::clamp(record.tokens, -1.0, BurstOf(bucket.record)) : 0.0;
  if (!exact) {
    Refill(bucket.record);
    bucket.record.tokens = std::min(bucket.record.tokens, 0.0);
    bucket.changed = true;
  }
  buckets_[BucketKey(record.account_id, record.operation)] = std::move(bucket);
}

std::optional<TimeUs> RateBudgets::Take(std::string_view account_id, std::string_view operation,
                                        std::string_view lane_id) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = buckets_.find(BucketKey(account_id, operation));
  if (found == buckets_.end()) return std::nullopt;
  BudgetRecord& record = found->second.record;
  const TimeUs now = clock_.Now();
  FollowClockBackwards(record, now);
  if (!HasToken(record, now)) return NextToken(record);
  Refill(record);
  record.tokens -= 1.0;
  found->second.usage.Count(lane_id, now);
  found->second.changed = true;
  return std::nullopt;
}

void RateBudgets::GiveBack(std::string_view account_id, std::string_view operation, std::string_view lane_id) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = buckets_.find(BucketKey(account_id, operation));
  if (found == buckets_.end()) return;
  BudgetRecord& record = found->second.record;
  Refill(record);
  record.tokens = std::min(BurstOf(record), record.tokens + 1.0);
  found->second.usage.Uncount(lane_id, record.updated_us);
  found->second.changed = true;
}

void RateBudgets::Arrived(std::string_view account_id, std::string_view operation) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = buckets_.find(BucketKey(account_id, operation));
  if (found == buckets_.end()) return;
  BudgetRecord& record = found->second.record;
  // With the whole burst, not the share: it is about what the marketplace's bucket holds at most.
  const double most = record.burst - 1.0;
  if (TokensAt(record, clock_.Now()) <= most) return;
  Refill(record);
  record.tokens = std::min(record.tokens, most);
  found->second.changed = true;
}

bool RateBudgets::Retune(std::string_view account_id, std::string_view operation, double rate) {
  if (!std::isfinite(rate) || rate <= 0) return false;
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = buckets_.find(BucketKey(account_id, operation));
  if (found == buckets_.end()) return false;
  const double before = found->second.record.rate_per_second;
  if (before == UsableRate(rate)) return false;
  Refill(found->second.record);
  found->second.record.rate_per_second = UsableRate(rate);
  found->second.changed = true;
  return UsableRate(rate) < before;
}

void RateBudgets::Served(std::string_view account_id, std::string_view operation) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = buckets_.find(BucketKey(account_id, operation));
  if (found == buckets_.end() || found->second.record.share >= 1.0) return;
  BudgetRecord& record = found->second.record;
  Refill(record);
  record.share = ShareAfterCall(record.share, record.updated_us - record.share_changed_us);
  record.share_changed_us = record.updated_us;
  if (record.share >= 1.0) record.shared_since_us = 0;
  found->second.changed = true;
}

TimeUs RateBudgets::Throttled(std::string_view account_id, std::string_view operation, TimeUs sent_us,
                              ThrottleCause cause) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = buckets_.find(BucketKey(account_id, operation));
  if (found == buckets_.end()) return clock_.Now();
  BudgetRecord& record = found->second.record;
  Refill(record);
  const TimeUs now = record.updated_us;
  found->second.refused.Add(now);
  // What was sent before the last refusal was known tells nothing new: the share would fall once per call under way.
  if (cause == ThrottleCause::kUnexpected && sent_us >= record.refused_us) {
    record.share = ShareAfterThrottle(record.share);
    record.share_changed_us = now;
    if (record.shared_since_us == 0) record.shared_since_us = now;
    record.refused_us = now;
  }
  record.tokens = std::min(record.tokens, 0.0);
  record.blocked_until_us = std::max(record.blocked_until_us, NextToken(record));
  found->second.changed = true;
  return record.blocked_until_us;
}

std::vector<BudgetStatus> RateBudgets::List(const BudgetQuery& query) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  std::vector<BudgetStatus> found;
  auto it = query.account_id > query.after_account_id
                ? buckets_.lower_bound(BucketKey(query.account_id, ""))
                : buckets_.upper_bound(BucketKey(query.after_account_id, query.after_operation));
  for (; it != buckets_.end() && static_cast<int>(found.size()) < query.limit; ++it) {
    if (!query.account_id.empty() && it->first.first != query.account_id) break;
    BudgetStatus status{.record = it->second.record};
    Refill(status.record);
    const TimeUs now = status.record.updated_us;
    status.rate_per_second = RateOf(status.record);
    status.burst = BurstOf(status.record);
    status.next_call_us = HasToken(status.record, now) ? 0 : NextToken(status.record);
    status.refused_last_hour = it->second.refused.Sum(now);
    status.used_by = it->second.usage.List(now);
    found.push_back(std::move(status));
  }
  return found;
}

std::vector<BudgetRecord> RateBudgets::Snapshot(std::string_view account_id) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  std::vector<BudgetRecord> records;
  for (const auto& [key, bucket] : buckets_) {
    if (!account_id.empty() && key.first != account_id) continue;
    records.push_back(bucket.record);
    Refill(records.back());
  }
  return records;
}

std::vector<BudgetRecord> RateBudgets::TakeChanges(std::string_view account_id) {
  const std::lock_guard<std::mutex> guard(mutex_);
  std::vector<BudgetRecord> records;
  for (auto it = buckets_.lower_bound(BucketKey(account_id, "")); it != buckets_.end() && it->first.first == account_id;
       ++it) {
    if (std::exchange(it->second.changed, false)) records.push_back(it->second.record);
  }
  return records;
}

void RateBudgets::Forget(std::string_view account_id) {
  const std::lock_guard<std::mutex> guard(mutex_);
  auto it = buckets_.lower_bound(BucketKey(account_id, ""));
  while (it != buckets_.end() && it->first.first == account_id) it = buckets_.erase(it);
}

}  // namespace quayside
