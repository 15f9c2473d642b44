// The mapping between listings and items, with what follows: waiting order lines are linked and reserve,
// targets change. Each function is one part of a transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/store/store.h"

namespace quayside {

struct LinkResult {
  ListingRecord listing;
  int32_t order_lines_linked = 0;
  bool item_created = false;
  std::vector<std::string> accounts;  // whose targets changed
};

// LISTING_NOT_FOUND, LISTING_LINKED (to another item), ITEM_NOT_FOUND. Linking to the same item again changes
// units_per_listing.
[[nodiscard]] absl::StatusOr<LinkResult> LinkListing(Tx& tx, TimeUs now, std::string_view channel_id,
                                                     std::string_view sku, int64_t item_id, int32_t units_per_listing);
// The same with the item of this SKU (empty: the listing's own), which is made, with the listing's title, if there is
// none: LinkResult::item_created. INVALID_ARGUMENT (a SKU no item can have).
[[nodiscard]] absl::StatusOr<LinkResult> LinkListingToNewItem(Tx& tx, IdSource& ids, TimeUs now,
                                                              std::string_view channel_id, std::string_view sku,
                                                              std::string_view item_sku, int32_t units_per_listing);
[[nodiscard]] absl::StatusOr<LinkResult> UnlinkListing(Tx& tx, TimeUs now, std::string_view channel_id,
                                                       std::string_view sku);

struct LinkedPiece {
  int32_t linked = 0;
  int32_t items_created = 0;
  int32_t still_unlinked = 0;  // no item has their SKU
  int32_t order_lines_linked = 0;
  std::vector<std::string> accounts;
  int32_t looked_at = 0;
  std::string through_sku;  // where the next piece begins
  bool last = false;
};

// Unlinked listings of the channel whose SKU equals an item's; with `create_items` also those that have none. One piece
// of the channel: the next `at_most` unlinked listings after `after_sku`. Each writes some rows: hundreds, not
// thousands, or others wait for the writer. What is linked is not looked at again.
[[nodiscard]] absl::StatusOr<LinkedPiece> LinkPieceBySku(Tx& tx, IdSource& ids, TimeUs now, std::string_view channel_id,
                                                         bool create_items, std::string_view after_sku, int at_most);

}  // namespace quayside
