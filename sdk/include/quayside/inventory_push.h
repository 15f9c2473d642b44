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
