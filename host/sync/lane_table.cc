#include "host/sync/lane_table.h"

#include <algorithm>

#include "host/base/trace_scope.h"
#include "host/sync/lane_id.h"

namespace quayside {

Lane& LaneTable::Upsert(Lane lane) {
  const std::string id = lane.record.id;
  auto found = lanes_.find(id);
  if (found == lanes_.end()) {
    found = lanes_.emplace(id, std::move(lane)).first;
  } else {
    found->second.plugin_id = std::move(lane.plugin_id);
    found->second.enabled = lane.enabled;
  }
  Requeue(found->second);
  return found->second;
}

void LaneTable::Erase(const std::string& id) {
  const auto found = lanes_.find(id);
  if (found == lanes_.end()) return;
  if (found->second.claim != nullptr) found->second.claim->fenced = true;
  Unqueue(id);
  for (auto& [account, waiting] : waiting_) std::erase(waiting, id);
  lanes_.erase(found);
}

Lane* LaneTable::Find(const std::string& id) {
  const auto found = lanes_.find(id);
  return found == lanes_.end() ? nullptr : &found->second;
}

std::vector<std::string> LaneTable::OfAccount(const std::string& account_id) const {
  std::vector<std::string> ids;
  const std::string prefix = LaneIdPrefix(account_id);
  for (auto it = lanes_.lower_bound(prefix); it != lanes_.end() && it->first.starts_with(prefix); ++it) {
    ids.push_back(it->first);
  }
  return ids;
}

bool LaneTable::Runnable(const Lane& lane) {
  return lane.enabled && lane.claim == nullptr && !lane.record.paused && !lane.record.needs_operator;
}

void LaneTable::Unqueue(const std::string& id) {
  const auto queued = queued_at_.find(id);
  if (queued == queued_at_.end()) return;
  queue_.erase({queued->second, id});
  queued_at_.erase(queued);
}

void LaneTable::Requeue(Lane& lane) {
  const std::string& id = lane.record.id;
  Unqueue(id);
  if (!Runnable(lane) || lane.due_us == kNever) return;
  auto& waiting = waiting_[lane.record.account_id];
  if (std::find(waiting.begin(), waiting.end(), id) != waiting.end()) return;
  queue_.insert({lane.due_us, id});
  queued_at_[id] = lane.due_us;
}

void LaneTable::MakeDue(Lane& lane, TimeUs at) {
  if (CurrentTrace() != nullptr) lane.trigger = KeepTrace();
  if (lane.claim != nullptr) {
    lane.again = true;
    return;
  }
  lane.due_us = std::min(lane.due_us, at);
  Requeue(lane);
}

Lane* LaneTable::PopDue(TimeUs now, int max_steps_per_account) {
  while (!queue_.empty() && queue_.begin()->first <= now) {
    const std::string id = queue_.begin()->second;
    Unqueue(id);
    Lane& lane = lanes_.at(id);
    int& running = running_[lane.record.account_id];
    if (running >= max_steps_per_account) {
      waiting_[lane.record.account_id].push_back(id);
      continue;
    }
    ++running;
    return &lane;
  }
  return nullptr;
}

void LaneTable::ReleaseAccount(const std::string& account_id) {
  const auto running = running_.find(account_id);
  if (running != running_.end() && --running->second <= 0) running_.erase(running);
  const auto waiting = waiting_.find(account_id);
  if (waiting == waiting_.end()) return;
  const std::vector<std::string> ids = std::move(waiting->second);
  waiting_.erase(waiting);
  for (const std::string& id : ids) {
    if (Lane* lane = Find(id); lane != nullptr) Requeue(*lane);
  }
}

TimeUs LaneTable::NextDue() const { return queue_.empty() ? kNever : queue_.begin()->first; }

}  // namespace quayside
