// Lanes and their runs as the API shows them.
#pragma once

#include "host/api/services.h"
#include "host/store/records.h"
#include "host/sync/engine.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::Lane ShowLane(const LaneStatus& status);
// Does it do nothing for its channels, and will not before somebody or something helps? One that failed once or twice
// tries again by itself.
[[nodiscard]] bool IsSick(const LaneStatus& lane);
[[nodiscard]] quayside::v1::Run ShowRun(const RunRecord& record);

}  // namespace quayside
