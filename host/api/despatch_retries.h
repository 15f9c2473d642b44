// OrderService.RetryDespatches: the packages of one state, a piece at a time.
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// INVALID_FILTER, INVALID_PAGE_TOKEN. One transaction for the piece; what cannot be retried is told and left as it is.
[[nodiscard]] absl::Status RetryDespatchesInState(const ApiContext& context,
                                                  const quayside::v1::RetryDespatchesRequest& request,
                                                  quayside::v1::RetryDespatchesResponse& response);

}  // namespace quayside
