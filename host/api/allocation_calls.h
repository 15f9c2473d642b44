// OrderService's calls about orders that a marketplace's warehouse ships: allocate, take back, list.
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// Thread-safe.
class AllocationCalls {
 public:
  explicit AllocationCalls(const ApiContext& context) : context_(context) {}

  absl::Status Allocate(const quayside::v1::AllocateOrderRequest& request,
                        quayside::v1::AllocateOrderResponse& response);
  absl::Status TakeBack(const quayside::v1::TakeBackOrderRequest& request,
                        quayside::v1::TakeBackOrderResponse& response);
  absl::Status List(const quayside::v1::ListAllocationsRequest& request,
                    quayside::v1::ListAllocationsResponse& response);

 private:
  const ApiContext& context_;
};

}  // namespace quayside
