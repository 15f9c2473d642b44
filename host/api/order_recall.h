// SyncService.RecoverOrder: one order, asked for by the marketplace's id.
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

// Its form alone. INVALID_NAME, INVALID_ARGUMENT.
[[nodiscard]] absl::Status CheckRecall(const api::RecoverOrderRequest& request);
// `request` has passed CheckRecall.
[[nodiscard]] absl::Status RecallOrder(const ApiContext& context, CallTime deadline,
                                       const api::RecoverOrderRequest& request, api::RecoverOrderResponse& response);

}  // namespace quayside
