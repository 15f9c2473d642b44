// listing_sync/1: complete passes and, between them, what changed. Small shops are searched through, 20 listings a
// call; for a pass over a larger one Amazon makes a report. What changed is always searched for.
#pragma once

#include "quayside/listing_sync.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> PullListings(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::PullListingsRequest& request,
                                                                      sdk::Step& step);

}  // namespace quayside::amazon
