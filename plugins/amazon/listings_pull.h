// listing_sync/1 with searchListingsItems: complete passes and, between them, what changed. Good for catalogues of any
// size, at 20 listings a call; a report-based pass for very large ones would stand beside it, under the same pass ids.
#pragma once

#include "quayside/listing_sync.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> PullListings(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::PullListingsRequest& request,
                                                                      sdk::Step& step);

}  // namespace quayside::amazon
