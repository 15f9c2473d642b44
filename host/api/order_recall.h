// SyncService.RecoverOrder: one order, asked for by the marketplace's id.
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

[[nodiscard]] absl::Status RecallOrder(const ApiContext& context, CallTime deadline,
                                       const api::RecoverOrderRequest& request, api::RecoverOrderResponse& response);

}  // namespace quayside
