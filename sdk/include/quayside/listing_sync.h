// Contract listing_sync/1: what the merchant lists on one marketplace. Messages: quayside/plugin/v1/listing_sync.proto.
#pragma once

#include "quayside/plugin/v1/listing_sync.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

class ListingSync {
 public:
  virtual ~ListingSync() = default;
  // One page of a complete pass or of a delta. Nothing vanishes before a pass says it is complete. [worker]
  virtual Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest& request, Step& step) = 0;
};

}  // namespace quayside::sdk
