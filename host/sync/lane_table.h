// The lanes in memory: which exist, which are due, which run. Pure bookkeeping without locks, threads or I/O; the
// engine guards it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/base/trace_context.h"
#include "host/store/records.h"
#include "host/sync/step.h"

namespace quayside {

// One claim of a lane by one step. `fenced` is set when the lane was taken away.
struct Claim {
  std::string lane_id;
  int64_t epoch = 0;
  std::atomic<bool> fenced{false};
};

struct Lane {
  LaneRecord record;
  std::string plugin_id;
  bool enabled = false;  // account or channel enabled, and the plugin offers the job
  TimeUs due_us = 0;     // kNever = when somebody calls
  bool again = false;    // became due while it ran
  std::shared_ptr<Claim> claim;
  std::optional<RunRecord> run;
  bool run_cancelled = false;  // the step under way is its run's last
  bool run_requested = false;  // somebody waits for this run: it is recorded even when it found nothing
  // The generation that saw its last failure; 0: none, or one that made room since.
  int64_t failed_under = 0;
  // It failed before, and its next step is the first try since something changed.
  bool tried_again = false;
  // Whoever made it due last since its last step; nullopt: its time had come.
  std::optional<TraceContext> trigger = {};
  // The trace its run belongs to, from its first step on.
  std::optional<TraceContext> trace = {};
};

class LaneTable {
 public:
  // Puts the lane in, or replaces what is derived (plugin, enabled) of the one that is there.
  Lane& Upsert(Lane lane);
  void Erase(const std::string& id);
  [[nodiscard]] Lane* Find(const std::string& id);
  [[nodiscard]] const std::map<std::string, Lane>& all() const { return lanes_; }
  [[nodiscard]] std::vector<std::string> OfAccount(const std::string& account_id) const;

  // May start a step now, apart from its time.
  [[nodiscard]] static bool Runnable(const Lane& lane);
  // (Re)queues a runnable lane for its due time; takes any other out of the queue.
  void Requeue(Lane& lane);
  // Makes it due at `at` if that is sooner; while it runs: once more afterwards. Its next step works for the caller's
  // trace, if the calling thread has one.
  void MakeDue(Lane& lane, TimeUs at);

  // The first lane due at or before `now` whose account has a free place; it leaves the queue. Lanes of saturated
  // accounts wait aside until ReleaseAccount, in order.
  [[nodiscard]] Lane* PopDue(TimeUs now, int max_steps_per_account);
  // A step of the account ended.
  void ReleaseAccount(const std::string& account_id);
  // When the next queued lane is due; kNever = none.
  [[nodiscard]] TimeUs NextDue() const;

 private:
  void Unqueue(const std::string& id);

  std::map<std::string, Lane> lanes_;
  std::set<std::pair<TimeUs, std::string>> queue_;
  std::map<std::string, TimeUs> queued_at_;
  std::map<std::string, int> running_;                       // steps by account
  std::map<std::string, std::vector<std::string>> waiting_;  // lanes of saturated accounts
};

}  // namespace quayside
