// Contract inventory_push/1: absolute quantities of an account's SKUs. Messages:
// quayside/plugin/v1/inventory_push.proto.
#pragma once

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

class InventoryPush {
 public:
  virtual ~InventoryPush() = default;
  // One outcome per intent. An intent whose fulfilment is not MERCHANT is rejected, never sent. [worker]
  virtual Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, Step& step) = 0;
  // The intents in one document. Optional ("push_bulk", together with "poll", "find_bulk" and "withdraw_bulk", and
  // BulkWay in the manifest). [worker]
  virtual Result<pb::PushReply> PushBulk(const pb::PushRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("inventory_push/1 push_bulk");
  }
  // Was the document of a push_bulk whose outcome is not known handed over? [worker]
  virtual Result<pb::FindBulkReply> FindBulk(const pb::FindBulkRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("inventory_push/1 find_bulk");
  }
  // Takes a document back that is not being worked off yet. [worker]
  virtual Result<pb::WithdrawBulkReply> WithdrawBulk(const pb::WithdrawBulkRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("inventory_push/1 withdraw_bulk");
  }
  // Outcomes of accepted handles; those still in work are absent. Optional ("poll" in the manifest): needed by whoever
  // answers `accepted`. [worker]
  virtual Result<pb::PollReply> PollQuantities(const pb::PollRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("inventory_push/1 poll");
  }
  // What the marketplace holds now. Optional ("read_back" in the manifest). [worker]
  virtual Result<pb::ReadBackReply> ReadBackQuantities(const pb::ReadBackRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("inventory_push/1 read_back");
  }
};

}  // namespace quayside::sdk
