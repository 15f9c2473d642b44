// Who takes the tokens of one budget: calls per lane in the last minute and hour. In memory only; a restart begins
// anew.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/net/call_window.h"

namespace quayside {

struct LaneUsage {
  std::string lane_id;  // empty: calls that belong to no lane (a connection test), and those of lanes beyond kMostLanes
  int64_t last_minute = 0;
  int64_t last_hour = 0;
};

// Not thread-safe: guarded by whoever owns the budget.
class RateBudgetUsage {
 public:
  // An account has a few lanes and one for each of its channels.
  static constexpr size_t kMostLanes = 64;

  void Count(std::string_view lane_id, TimeUs now);
  // The lane's last call did not go out.
  void Uncount(std::string_view lane_id, TimeUs now);
  // Lanes with calls in the last hour, the busiest first.
  [[nodiscard]] std::vector<LaneUsage> List(TimeUs now) const;

 private:
  struct Windows {
    CallWindow<kMinuteUs> minute;
    CallWindow<kHourUs> hour;
  };
  Windows& WindowsOf(std::string_view lane_id, TimeUs now);

  std::map<std::string, Windows, std::less<>> lanes_;
};

}  // namespace quayside
