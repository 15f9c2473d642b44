#include "host/api/lanes.h"

#include <iterator>
#include <utility>

#include "host/api/convert.h"

namespace quayside {

absl::StatusOr<std::vector<LaneStatus>> AllLanesOfAccount(Engine& engine, const std::string& account_id) {
  constexpr int kLimit = 1000;
  std::vector<LaneStatus> all;
  while (true) {
    QS_ASSIGN_OR_RETURN(std::vector<LaneStatus> some,
                        engine.ListLanes({.account_id = account_id,
                                          .after_id = all.empty() ? std::string() : all.back().record.id,
                                          .limit = kLimit}));
    const bool last = some.size() < static_cast<size_t>(kLimit);
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    if (last) return all;
  }
}

std::string LaneStateText(LaneActivity activity) {
  constexpr std::string_view kPrefix = "LANE_STATE_";
  return quayside::v1::LaneState_Name(ToProto(activity)).substr(kPrefix.size());
}

}  // namespace quayside
