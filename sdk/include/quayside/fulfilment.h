// Contract fulfilment/1: the marketplace's warehouse, its stock and what it ships for other channels. Messages:
// quayside/plugin/v1/fulfilment.proto.
#pragma once

#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

class Fulfilment {
 public:
  virtual ~Fulfilment() = default;
  // One page of a pool's stock. A pass is whole or begins anew under another id. [worker]
  virtual Result<pb::PullStockReply> PullStock(const pb::PullStockRequest& request, Step& step) = 0;
  // The methods below ship orders of other channels. Optional: quote, submit, cancel and reconcile, all or none of
  // them. A warehouse that only shows its stock lists "pull_stock" alone in the manifest. [worker]
  virtual Result<pb::QuoteOutboundReply> QuoteOutbound(const pb::QuoteOutboundRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("fulfilment/1 quote");
  }
  // One outcome per intent. An outbound id that was taken before never makes a second order. [worker]
  virtual Result<pb::SubmitOutboundReply> SubmitOutbound(const pb::SubmitOutboundRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("fulfilment/1 submit");
  }
  virtual Result<pb::CancelOutboundReply> CancelOutbound(const pb::CancelOutboundRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("fulfilment/1 cancel");
  }
  // Reserved: no host calls it, listed in the manifest or not. A host follows its own orders by reconcile, and has no
  // use for those that others made. Leave it as it is. [worker]
  virtual Result<pb::PullOutboundUpdatesReply> PullOutboundUpdates(const pb::PullOutboundUpdatesRequest& request,
                                                                   Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("fulfilment/1 pull_updates");
  }
  virtual Result<pb::ReconcileOutboundReply> ReconcileOutbound(const pb::ReconcileOutboundRequest& request,
                                                               Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("fulfilment/1 reconcile");
  }
};

}  // namespace quayside::sdk
