// Takes listings of a page into the store: what the channel says is replaced by what is newer (listing_merge.h), what
// people decided (link, ignore, rules) stays. With mapping.h and listing_pass.h the only place that writes listings.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/listings/listing_merge.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {

struct ListingImportResult {
  int32_t created = 0;
  int32_t updated = 0;           // something of them is different now
  int32_t unchanged = 0;         // only seen again
  bool targets_changed = false;  // of the account
};

// One part of a transaction; the writer is held for as long as the listings are many, so hand over at most some
// thousand. Rows that say nothing new are only touched. `pass_id`: the complete pass the page belongs to, or empty. A
// SKU that is there twice counts once: the newer, else the later one.
[[nodiscard]] absl::StatusOr<ListingImportResult> ImportListings(
    Tx& tx, TimeUs now, const ChannelRecord& channel, std::string_view pass_id,
    std::span<const quayside::plugin::v1::Listing* const> listings);

// What the marketplace said of one listing when it was asked for it (inventory_push/1 read_back); `shown.found`. Marks
// no target: the caller knows what the answer was for.
[[nodiscard]] absl::Status TakeInReadBack(Tx& tx, TimeUs now, ListingRecord listing,
                                          const quayside::plugin::v1::ReadBack& shown);

}  // namespace quayside
