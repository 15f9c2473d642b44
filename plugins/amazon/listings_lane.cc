#include "listings_lane.h"

#include <algorithm>

#include "cursor_codec.h"

namespace quayside::amazon {

namespace pb = plugin::v1;
using sdk::Result;

ListingsLane::ListingsLane(const Settings& settings, ServerClock& clock, const pb::PullListingsRequest& request,
                           sdk::Step& step)
    : request_(request),
      lane_("listings/" + settings.region + "/" + settings.seller_id + "/" + request.marketplace()),
      caller_(settings, clock, step) {}

Result<bool> ListingsLane::Open() {
  if (!IsFirstCall(request_.cursor())) {
    QS_TRY(position, DecodeListingsPosition(lane_, request_.cursor()));
  }
  ServerClock& clock = caller_.clock();
  if (!clock.offset_us) clock.offset_us = position.clock_offset_us;
  return true;
}

pb::PullListingsReply ListingsLane::NewReply() const {
  pb::PullListingsReply reply;
  reply.set_pass_id(position.pass_id);
  reply.set_has_more(true);
  return reply;
}

void ListingsLane::Wait(pb::PullListingsReply& reply, int64_t wait_us) const {
  reply.set_has_more(false);
  reply.set_next_poll_us(caller_.NowUs() + wait_us);
}

Result<pb::PullListingsReply> ListingsLane::Finish(pb::PullListingsReply reply) {
  position.clock_offset_us = caller_.clock().offset_us;
  if (position.full) {
    reply.set_pass_done(position.done);
    reply.set_pass_total(std::max(position.total, position.done));
  }
  if (position.next_pass_us > caller_.ServerNowUs())
    reply.set_next_pass_us(caller_.clock().HostTime(position.next_pass_us));
  QS_TRY(*reply.mutable_next_cursor(), EncodeListingsPosition(lane_, position));
  return reply;
}

}  // namespace quayside::amazon
