// The events of listings (docs/events.md): one for a piece of a pass or of a bulk change, however many it is about.
//
// As those of stock: a watcher is told which listings to read while they are few; of many it is told what all their
// SKUs begin with.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/store/store.h"

namespace quayside {

// Each writes the event of one listing for one ("listing.found"), that of several for several ("listing.found_many"),
// nothing for none. All are of one channel.
[[nodiscard]] absl::Status AppendListingsFound(Tx& tx, TimeUs now, const std::string& channel_id,
                                               const std::vector<std::string>& skus);
[[nodiscard]] absl::Status AppendListingsVanished(Tx& tx, TimeUs now, const std::string& channel_id,
                                                  const std::vector<std::string>& skus);
// As they are linked now.
[[nodiscard]] absl::Status AppendListingsLinked(Tx& tx, TimeUs now, const std::vector<ListingRecord>& listings);
// As it was linked before.
[[nodiscard]] absl::Status AppendListingUnlinked(Tx& tx, TimeUs now, const ListingRecord& listing);

}  // namespace quayside
