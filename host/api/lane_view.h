// Lanes and their runs as the API shows them.
#pragma once

#include "host/api/services.h"
#include "host/store/records.h"
#include "host/sync/engine.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

[[nodiscard]] quayside::v1::Lane ShowLane(const LaneStatus& status);
[[nodiscard]] quayside::v1::Run ShowRun(const RunRecord& record);

}  // namespace quayside
