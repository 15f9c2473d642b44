// What steps tell about the generation that ran them. Pure values; whoever holds one guards it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

// kGood: it called the plugin, and what came back was kept. kFailed: the plugin reported a failure, which may be the
// marketplace's, or that it was not let in, which may be the merchant's. kBroken: the plugin broke the contract,
// crashed or did not come back. kNeutral: says nothing about the plugin (it was not asked, the allowance was used up,
// the lane was fenced, the host had a fault).
enum class StepVerdict { kGood, kFailed, kBroken, kNeutral };

struct StepReport {
  std::string lane_id;
  Job job = Job::kOrders;
  absl::Status status;
  int plugin_calls = 0;
  int64_t items = 0;
  int64_t bad_records = 0;
  DurationUs duration_us = 0;  // real time
  bool failed_before = false;  // the lane did, and this is the first try since something changed
};

// A lane that failed before and fails again says nothing about the generation that was only given a try.
[[nodiscard]] StepVerdict VerdictOf(const StepReport& report);

struct StepSums {
  int64_t good = 0;
  int64_t failed = 0;
  int64_t refused = 0;  // of `failed`: the marketplace did not let it in, and the lane waits for an operator
  int64_t broken = 0;
  int64_t quiet = 0;  // ended well without a call of the plugin; not one of steps()
  int64_t items = 0;
  int64_t bad_records = 0;
  DurationUs duration_us = 0;  // of the good ones
  std::string last_failure;

  [[nodiscard]] int64_t steps() const { return good + failed + broken; }
  // Of `steps`; 0 without any.
  [[nodiscard]] double failure_share() const;
  [[nodiscard]] double broken_share() const;
  [[nodiscard]] double items_per_step() const;  // of the good ones
  [[nodiscard]] double latency_us() const;
  // Of all records.
  [[nodiscard]] double bad_share() const;
  StepSums& operator+=(const StepSums& other);
};

// The newest steps of one generation, by job.
class StepTally {
 public:
  // Steps kept of each job.
  static constexpr size_t kWindow = 100;

  void Add(const StepReport& report);
  [[nodiscard]] StepSums Of(Job job) const;
  [[nodiscard]] StepSums All() const;
  // Steps since the last Mark or Clear, however many.
  [[nodiscard]] StepSums Since(Job job) const;
  void Mark() { since_.clear(); }
  void Clear() {
    windows_.clear();
    since_.clear();
    quiet_.clear();
  }

 private:
  std::map<Job, std::deque<StepSums>> windows_;  // one step each
  std::map<Job, StepSums> since_;
  std::map<Job, int64_t> quiet_;
};

}  // namespace quayside
