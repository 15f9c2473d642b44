#include "tests/engine_world/trouble.h"

#include <boost/json.hpp>
#include <iterator>
#include <string>

namespace quayside {
namespace {

// "forbidden" and the second "expired-token" in a row wait for a person.
constexpr const char* kFaults[] = {"throttle",       "throttle-with-rate", "internal-error", "unavailable",
                                   "html-400",       "html-503",           "html-200",       "expired-token",
                                   "timeout-before", "timeout-after",      "truncated-body", "slow-answer",
                                   "repeated-page"};

}  // namespace

// One rule per kind; the first that fires decides, so the chances add up to what is wanted.
void BeginTrouble(EngineWorld& world, int percent, bool late_orders) {
  double left = 1;
  const double each = percent / 100.0 / static_cast<double>(std::size(kFaults) + 1);
  for (const char* fault : kFaults) {
    boost::json::object rule{{"fault", fault}, {"probability", each / left}};
    if (std::string(fault) == "slow-answer") rule["hold_ms"] = 60'000;
    world.amazon().Act("faults", rule);
    left -= each;
  }
  world.amazon().RefuseConnections(static_cast<int>(each * 1000));
  if (!late_orders) return;
  world.amazon().Act(
      "faults",
      {{"fault", "late-visibility"}, {"variant", "place"}, {"probability", 0.05}, {"seconds", kLatestShowSeconds}});
}

void EndTrouble(EngineWorld& world) {
  world.amazon().Act("clear-faults", {});
  world.amazon().RefuseConnections(0);
  if (NeedsOperator(world)) world.HelpLanes();
}

bool NeedsOperator(EngineWorld& world) {
  for (const LaneStatus& lane : world.Lanes())
    if (lane.activity == LaneActivity::kNeedsOperator) return true;
  return false;
}

}  // namespace quayside
