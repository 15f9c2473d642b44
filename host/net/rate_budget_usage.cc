#include "host/net/rate_budget_usage.h"

#include <algorithm>
#include <tuple>

namespace quayside {

RateBudgetUsage::Windows& RateBudgetUsage::WindowsOf(std::string_view lane_id, TimeUs now) {
  if (const auto found = lanes_.find(lane_id); found != lanes_.end()) return found->second;
  // Lanes come and go with channels; those that have been quiet for an hour make room.
  if (lanes_.size() >= kMostLanes)
    std::erase_if(lanes_, [&](const auto& lane) { return lane.second.hour.Sum(now) == 0; });
  return lanes_[lanes_.size() < kMostLanes ? std::string(lane_id) : std::string()];
}

void RateBudgetUsage::Count(std::string_view lane_id, TimeUs now) {
  Windows& windows = WindowsOf(lane_id, now);
  windows.minute.Add(now);
  windows.hour.Add(now);
}

void RateBudgetUsage::Uncount(std::string_view lane_id, TimeUs now) {
  Windows& windows = WindowsOf(lane_id, now);
  windows.minute.Remove(now);
  windows.hour.Remove(now);
}

std::vector<LaneUsage> RateBudgetUsage::List(TimeUs now) const {
  std::vector<LaneUsage> users;
  for (const auto& [lane_id, windows] : lanes_) {
    const int64_t last_hour = windows.hour.Sum(now);
    if (last_hour > 0) users.push_back({lane_id, windows.minute.Sum(now), last_hour});
  }
  std::sort(users.begin(), users.end(), [](const LaneUsage& a, const LaneUsage& b) {
    return std::tie(b.last_hour, a.lane_id) < std::tie(a.last_hour, b.lane_id);
  });
  return users;
}

}  // namespace quayside
