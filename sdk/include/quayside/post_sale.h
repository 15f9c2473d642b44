// Contract post_sale/1: cancellations and refunds by the merchant. Messages: quayside/plugin/v1/post_sale.proto.
#pragma once

#include "quayside/plugin/v1/post_sale.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

class PostSale {
 public:
  virtual ~PostSale() = default;
  // One outcome per intent. [worker]
  virtual Result<pb::CancelOrdersReply> CancelOrders(const pb::CancelOrdersRequest& request, Step& step) = 0;
  // One outcome per intent. Optional ("refund" in the manifest). [worker]
  virtual Result<pb::RefundOrdersReply> RefundOrders(const pb::RefundOrdersRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("post_sale/1 refund");
  }
  // Outcomes of accepted handles; those still in work are absent. Optional ("poll", together with "find"): needed by
  // whoever answers `accepted`. [worker]
  virtual Result<pb::PollPostSaleReply> PollPostSale(const pb::PollPostSaleRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("post_sale/1 poll");
  }
  // Were intents whose outcome is not known handed over? [worker]
  virtual Result<pb::FindPostSaleReply> FindPostSale(const pb::FindPostSaleRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("post_sale/1 find");
  }
};

}  // namespace quayside::sdk
