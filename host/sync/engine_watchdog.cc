// Steps that passed their deadline lose their lanes.
#include <utility>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/sync/threaded_engine.h"
#include "host/sync/watchdog.h"

namespace quayside {

// Takes lanes away from steps that passed their deadline. Needs the lock; gives it up meanwhile.
void ThreadedEngine::FenceOverdue(std::unique_lock<std::mutex>& lock) {
  const TimeUs latest = parts_.clock.Now() - FenceGrace(parts_.clock);
  std::vector<Running> overdue;
  for (Running& running : running_) {
    if (running.deadline_us > latest || running.stuck) continue;
    running.stuck = true;
    running.claim->fenced = true;
    overdue.push_back(running);
  }
  for (const Running& running : overdue) Fence(lock, running);
  if (!overdue.empty()) changed_.notify_all();
}

void ThreadedEngine::Fence(std::unique_lock<std::mutex>& lock, const Running& overdue) {
  const TraceScope scope(&overdue.trace);
  const std::string lane_id = overdue.claim->lane_id;
  const int64_t fence_epoch = ++last_epoch_;
  lock.unlock();
  overdue.generation->Abandon(overdue.worker);
  FailPoint("fence-before-commit");
  // The fence is durable before the lane is claimed again; a commit that got in before it is kept, position and all.
  std::optional<LaneRecord> stored;
  const absl::Status fenced = parts_.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(stored, tx.FindLane(lane_id));
    if (!stored.has_value()) return absl::OkStatus();
    stored->epoch = fence_epoch;
    return tx.PutLaneControl(*stored);
  });
  FailPoint("fence-after-commit");
  if (!fenced.ok())
    parts_.logger.Error("a fence could not be stored", {Field("lane", lane_id), Field("error", fenced)});
  lock.lock();
  Lane* lane = lanes_.Find(lane_id);
  if (lane == nullptr || lane->claim != overdue.claim) return;
  if (stored.has_value()) {
    lane->record.cursor = stored->cursor;
    lane->record.pass = stored->pass;
  }
  lane->record.epoch = fence_epoch;
  lane->claim = nullptr;
  ++lane->run->steps;
  const TimeUs now = parts_.clock.Now();
  const absl::Status why =
      MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout,
                "a step passed its deadline and was taken away; the plugin's worker is stuck and was replaced");
  Ending ending{.failed = Fail(*lane, why, now), .run = EndRun(*lane, why, now)};
  ending.lane = lane->record;
  lane->failed_under = NumberOf(overdue);
  lane->tried_again = false;
  lanes_.Requeue(*lane);
  lock.unlock();
  Persist(ending);
  parts_.catalog.StepEnded(*overdue.generation,
                           {.lane_id = lane_id, .job = overdue.job, .status = why, .plugin_calls = 1});
  lock.lock();
}

}  // namespace quayside
