// Another generation of a plugin works: what failed under the one before is no reason to wait any longer.
#include <optional>
#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/plugin/reload/lane_amnesty.h"
#include "host/sync/threaded_engine.h"

namespace quayside {

// A quantity's wait is its own: its lane may have gone well since, with nothing due. It is hurried only where the lane
// failed under a generation that made room, and once each time; a marketplace that is down for all of them makes the
// lane fail at the first batch, which waits for the rest.
void ThreadedEngine::TryAgain(const std::string& plugin_id, int64_t works) {
  const auto left_behind = [&](const Lane& lane) {
    if (lane.plugin_id != plugin_id || lane.failed_under == works) return false;
    const bool fails = lane.record.failures > 0 || lane.record.needs_operator;
    return fails ? WaitsAfterFailures(lane.record) : lane.failed_under != 0;
  };
  std::vector<std::string> lanes;
  std::vector<std::string> at_rest;
  std::vector<std::string> selling;  // accounts
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, lane] : lanes_.all()) {
      if (!left_behind(lane)) continue;
      lanes.push_back(id);
      if (lane.claim == nullptr) at_rest.push_back(id);
      if (lane.record.job == Job::kInventory) selling.push_back(lane.record.account_id);
    }
  }
  if (lanes.empty()) return;
  // Written first: what a restart finds then waits for nobody either.
  const absl::Status written = parts_.store.Write([&](Tx& tx) -> absl::Status {
    for (const std::string& id : at_rest) {
      QS_ASSIGN_OR_RETURN(std::optional<LaneRecord> row, tx.FindLane(id));
      if (!row.has_value() || !WaitsAfterFailures(*row)) continue;
      ForgetFailures(*row, parts_.clock.Now());
      QS_RETURN_IF_ERROR(tx.PutLaneControl(*row));
    }
    for (const std::string& account : selling) {
      QS_RETURN_IF_ERROR(tx.HurryTargets(account, parts_.clock.Now()).status());
    }
    return absl::OkStatus();
  });
  if (!written.ok()) {
    parts_.logger.Error("lanes that failed could not be made due in the store",
                        {Field("plugin", plugin_id), Field("error", written)});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& id : lanes) {
    Lane* lane = lanes_.Find(id);
    if (lane == nullptr || !left_behind(*lane)) continue;
    lane->failed_under = 0;
    // What a step under way makes of it stands; it may have missed the quantities.
    if (lane->claim == nullptr) {
      lane->tried_again = WaitsAfterFailures(lane->record);
      ForgetFailures(lane->record, parts_.clock.Now());
    }
    lanes_.MakeDue(*lane, parts_.clock.Now());
    lanes_.Requeue(*lane);
  }
  changed_.notify_all();
}

}  // namespace quayside
