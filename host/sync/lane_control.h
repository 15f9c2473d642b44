// What a person does to a lane: parts of a transaction. The engine is told when it is durable (Engine::LaneChanged),
// and takes it up from the store after a crash in between.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/store/store.h"
#include "host/sync/engine.h"

namespace quayside {

// The lane as it will be shown; `lane` is how the engine shows it now. Nothing is written and no event made when it is
// so already.
[[nodiscard]] absl::StatusOr<LaneStatus> PauseLane(Tx& tx, TimeUs now, const LaneStatus& lane, const std::string& note);
// A lane that waited for an operator is tried again.
[[nodiscard]] absl::StatusOr<LaneStatus> ResumeLane(Tx& tx, TimeUs now, const LaneStatus& lane);

// A queued run, or the lane's run that somebody asked for before and that has not ended: two who ask share one.
// LANE_PAUSED, LANE_DISABLED.
[[nodiscard]] absl::StatusOr<RunRecord> RequestRun(Tx& tx, IdSource& ids, TimeUs now, const LaneStatus& lane);

struct PassRequest {
  LaneStatus lane;  // as it will be shown
  RunRecord run;
};

// A listings lane: somebody wants a complete pass that begins from now on. It
// begins as soon as the marketplace allows one; a pass under way goes on first. The wish outlives a restart. Asked
// again before such a pass has begun it is the same one. LANE_PAUSED, LANE_DISABLED.
[[nodiscard]] absl::StatusOr<PassRequest> RequestPass(Tx& tx, IdSource& ids, TimeUs now, const LaneStatus& lane);

}  // namespace quayside
