#include "listings_pull.h"

#include "listings_lane.h"
#include "listings_run.h"
#include "listings_search.h"
#include "report_step.h"

namespace quayside::amazon {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

Result<pb::PullListingsReply> PullListings(const Settings& settings, ServerClock& clock,
                                           const pb::PullListingsRequest& request, sdk::Step& step) {
  if (request.marketplace().empty())
    return Error::Invalid("MARKETPLACE_MISSING", "pull needs a marketplace", "marketplace");
  ListingsLane lane(settings, clock, request, step);
  QS_TRY([[maybe_unused]] const bool open, lane.Open());
  const int64_t now_us = lane.caller().ServerNowUs();
  const bool wanted = request.want_pass() && HeedsWish(lane.position, now_us);
  if (wanted || !lane.position.reading) BeginRun(lane.position, now_us, wanted);
  return lane.position.what == Reading::kReport ? ReadReport(lane) : SearchListings(lane);
}

}  // namespace quayside::amazon
