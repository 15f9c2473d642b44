// One step of the listings lane: the position it came with, the calls it may make, the replies it can give.
#pragma once

#include <string>

#include "caller.h"
#include "listings_position.h"
#include "quayside/listing_sync.h"

namespace quayside::amazon {

class ListingsLane {
 public:
  // All must outlive it.
  ListingsLane(const Settings& settings, ServerClock& clock, const plugin::v1::PullListingsRequest& request,
               sdk::Step& step);

  // Takes the position out of the request's cursor, and its clock difference while none is known otherwise.
  [[nodiscard]] sdk::Result<bool> Open();

  [[nodiscard]] Caller& caller() { return caller_; }
  [[nodiscard]] sdk::Step& step() { return caller_.step(); }
  [[nodiscard]] const plugin::v1::PullListingsRequest& request() const { return request_; }
  [[nodiscard]] const std::string& marketplace() const { return request_.marketplace(); }
  ListingsPosition position;

  // A reply that belongs to the run under way; more follows at once.
  [[nodiscard]] plugin::v1::PullListingsReply NewReply() const;
  // Nothing follows before `wait_us` from now.
  void Wait(plugin::v1::PullListingsReply& reply, int64_t wait_us) const;
  // `reply` with the cursor of the position as it is now, and how far the pass is.
  [[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> Finish(plugin::v1::PullListingsReply reply);

 private:
  const plugin::v1::PullListingsRequest& request_;
  const std::string lane_;
  Caller caller_;
};

}  // namespace quayside::amazon
