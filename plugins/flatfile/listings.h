// listing_sync/1: listings of the files in the listings place. A file is a complete pass, or changes, as the account's
// options say; a pass with lines that could not be read is never complete, so that nothing vanishes for a typing error.
#pragma once

#include "quayside/plugin/v1/listing_sync.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

[[nodiscard]] sdk::Result<plugin::v1::PullListingsReply> PullListings(const Settings& settings,
                                                                      const plugin::v1::PullListingsRequest& request,
                                                                      sdk::Step& step);

}  // namespace quayside::flatfile
