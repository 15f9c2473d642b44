// The part of AdminService that tells what host this is and what it takes, and sets how much it logs.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/admin_service.pb.h"

namespace quayside {

// Thread-safe.
class HostCalls {
 public:
  // The host starts now.
  explicit HostCalls(const ApiContext& context) : context_(context), started_us_(context.parts.clock.Now()) {}

  absl::Status Info(const api::GetHostInfoRequest& request, api::GetHostInfoResponse& response);
  absl::Status Limits(const api::GetLimitsRequest& request, api::GetLimitsResponse& response);
  // LOG_LEVEL_FIXED.
  absl::Status SetLevel(const api::SetLogLevelRequest& request, api::SetLogLevelResponse& response);

 private:
  const ApiContext& context_;
  const TimeUs started_us_;
};

}  // namespace quayside
