// On whose behalf a host service works, and whether it still should.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "host/base/clock.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// What the engine says of the step on whose behalf a request is made.
struct CallContext {
  std::string account_id;
  const quayside::plugin::v1::Manifest* manifest = nullptr;
  TimeUs deadline_us = 0;
  // True: stop now (cancelled, or fenced: the lane belongs to a newer claim). Checked before each send and during
  // transfers.
  std::function<bool()> stop;
  std::string lane_id;  // empty: a call that belongs to no lane
  // Of the account, as its instances have them; needed by transfers alone.
  const std::map<std::string, std::string>* options = nullptr;
};

// CANCELLED when the step was stopped, DEADLINE_EXCEEDED when its time is over.
[[nodiscard]] absl::Status CheckStep(const CallContext& context, const Clock& clock);

// A transfer that ended because the step's time was over is told as such, not as cancelled or failed.
[[nodiscard]] absl::Status ExplainByStep(const absl::Status& status, const CallContext& context, const Clock& clock);

// Real time until the step's deadline; `otherwise` when it has none. At least a millisecond.
[[nodiscard]] DurationUs RealTimeLeft(const CallContext& context, const Clock& clock, DurationUs otherwise);

}  // namespace quayside
