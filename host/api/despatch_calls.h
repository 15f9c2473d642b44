// OrderService's calls about packages: despatch, list, retry.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "host/api/despatch_offer.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// Thread-safe.
class DespatchCalls {
 public:
  explicit DespatchCalls(const ApiContext& context) : context_(context), parts_(context.parts) {}

  absl::Status Despatch(const quayside::v1::DespatchOrderRequest& request,
                        quayside::v1::DespatchOrderResponse& response);
  absl::Status List(const quayside::v1::ListDespatchesRequest& request, quayside::v1::ListDespatchesResponse& response);
  absl::Status Retry(const quayside::v1::RetryDespatchRequest& request, quayside::v1::RetryDespatchResponse& response);
  absl::Status RetryPiece(const quayside::v1::RetryDespatchesRequest& request,
                          quayside::v1::RetryDespatchesResponse& response);

 private:
  absl::StatusOr<DespatchOffer> OfferOf(int64_t order_id) const;
  absl::Status ListOfAllOrders(const quayside::v1::ListDespatchesRequest& request, const WorkFilter& filter,
                               const Page& page, int64_t before_id,
                               quayside::v1::ListDespatchesResponse& response) const;

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace quayside
