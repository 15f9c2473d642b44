// OrderService's calls about what is taken back of orders: cancel, refund, list, retry, settle.
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// Thread-safe.
class PostSaleCalls {
 public:
  explicit PostSaleCalls(const ApiContext& context) : context_(context) {}

  absl::Status Cancel(const quayside::v1::CancelOrderRequest& request, quayside::v1::CancelOrderResponse& response);
  absl::Status Refund(const quayside::v1::RefundOrderRequest& request, quayside::v1::RefundOrderResponse& response);
  absl::Status List(const quayside::v1::ListPostSaleActionsRequest& request,
                    quayside::v1::ListPostSaleActionsResponse& response);
  absl::Status Retry(const quayside::v1::RetryPostSaleActionRequest& request,
                     quayside::v1::RetryPostSaleActionResponse& response);
  absl::Status Settle(const quayside::v1::SettlePostSaleActionRequest& request,
                      quayside::v1::SettlePostSaleActionResponse& response);

 private:
  const ApiContext& context_;
};

}  // namespace quayside
