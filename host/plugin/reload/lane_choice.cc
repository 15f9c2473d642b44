#include "host/plugin/reload/lane_choice.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr int kMostUnasked = 5;

// A quantity that is written cannot be unwritten; a page that was read can be read again.
int RiskOf(Job job) {
  switch (job) {
    case Job::kOrders:
      return 0;
    case Job::kListings:
      return 1;
    case Job::kInventory:
      return 2;
    case Job::kDespatch:
      return 3;
    case Job::kPostSale:
      return 4;
    case Job::kCentreStock:
      return 1;
    case Job::kOutbound:
      return 3;
    case Job::kCompleteness:
      return 1;
    case Job::kReconcile:  // asks the plugin nothing
      break;
  }
  return 5;
}

absl::StatusOr<std::vector<std::string>> Asked(const std::vector<LaneLoad>& lanes,
                                               const std::vector<std::string>& asked) {
  std::vector<FieldViolation> found;
  for (const std::string& id : asked) {
    const auto lane =
        std::find_if(lanes.begin(), lanes.end(), [&](const LaneLoad& each) { return each.lane_id == id; });
    if (lane == lanes.end()) {
      found.push_back({"canary.lanes", Concat("'", id, "' is no lane of this plugin")});
    } else if (!lane->can_run) {
      found.push_back({"canary.lanes", Concat("'", id, "' is disabled, paused or waits for an operator")});
    }
  }
  if (!found.empty()) return MakeFieldError(Reason::kInvalidArgument, found);
  const std::set<std::string> distinct(asked.begin(), asked.end());
  return std::vector<std::string>(distinct.begin(), distinct.end());
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ChooseCanaryLanes(std::vector<LaneLoad> lanes, const CanaryOptions& options) {
  if (!options.lanes.empty()) return Asked(lanes, options.lanes);
  std::erase_if(lanes, [](const LaneLoad& lane) { return !lane.can_run; });
  std::sort(lanes.begin(), lanes.end(), [](const LaneLoad& a, const LaneLoad& b) {
    return std::tuple(RiskOf(a.job), a.running, a.items_last_run, a.lane_id) <
           std::tuple(RiskOf(b.job), b.running, b.items_last_run, b.lane_id);
  });
  const int all = static_cast<int>(lanes.size());
  const int wanted = options.lane_count > 0 ? options.lane_count : std::min(kMostUnasked, all / 10);
  const int count = all <= 1 ? all : std::clamp(wanted, 1, all - 1);
  std::vector<std::string> chosen;
  for (int i = 0; i < count; ++i) chosen.push_back(lanes[static_cast<size_t>(i)].lane_id);
  return chosen;
}

}  // namespace quayside
