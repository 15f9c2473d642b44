// Contract order_sync/1: orders of an account, in order of change. Messages: quayside/plugin/v1/order_sync.proto.
#pragma once

#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

class OrderSync {
 public:
  virtual ~OrderSync() = default;
  // One page. The next cursor makes the following page or window; the same cursor gives the same set again. [worker]
  virtual Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) = 0;
  // Single orders by id. Optional: list "get" in the manifest when it is there. [worker]
  virtual Result<pb::GetOrdersReply> GetOrders(const pb::GetOrdersRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("order_sync/1 get");
  }
  // Ids of a span's orders by another path than PullOrders. Optional ("enumerate" in the manifest). [worker]
  virtual Result<pb::EnumerateOrdersReply> EnumerateOrders(const pb::EnumerateOrdersRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("order_sync/1 enumerate");
  }
};

}  // namespace quayside::sdk
