#include "host/listings/mapping.h"

#include <algorithm>
#include <set>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/fulfilment/centre_stock.h"
#include "host/inventory/stock.h"
#include "host/inventory/stock_events.h"
#include "host/listings/listing_events.h"
#include "host/orders/order_import.h"

namespace quayside {
namespace {

absl::StatusOr<ListingRecord> GetListing(Tx& tx, std::string_view channel_id, std::string_view sku) {
  QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing, tx.FindListing(channel_id, sku));
  if (!listing.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, Reason::kListingNotFound,
                     Concat("channel ", channel_id, " has no listing '", sku, "'"),
                     {{"resource", ListingName(channel_id, sku)}});
  }
  return *listing;
}

// Writes the link and what follows from it, but for its event.
absl::StatusOr<LinkResult> WriteLink(Tx& tx, TimeUs now, ListingRecord listing, int64_t item_id, int32_t units) {
  listing.item_id = item_id;
  listing.units_per_listing = units;
  QS_RETURN_IF_ERROR(tx.PutListing(listing));
  LinkResult result;
  QS_ASSIGN_OR_RETURN(result.order_lines_linked, LinkWaitingLines(tx, now, listing));
  QS_RETURN_IF_ERROR(RecountLinked(tx, now, listing.account_id, listing.sku, item_id).status());
  // Lines that reserve now change the item's stock for every listing of it, this one included.
  QS_ASSIGN_OR_RETURN(result.accounts, tx.MarkTargetsOfItem(item_id, now));
  result.listing = std::move(listing);
  return result;
}

}  // namespace

absl::StatusOr<LinkResult> LinkListing(Tx& tx, TimeUs now, std::string_view channel_id, std::string_view sku,
                                       int64_t item_id, int32_t units_per_listing) {
  if (units_per_listing < 1 || units_per_listing > 1'000'000) {
    return MakeFieldError(Reason::kInvalidArgument, {{"units_per_listing", "must be 1..1000000"}});
  }
  QS_ASSIGN_OR_RETURN(ListingRecord listing, GetListing(tx, channel_id, sku));
  QS_RETURN_IF_ERROR(tx.GetItem(item_id).status());
  if (listing.item_id != 0 && listing.item_id != item_id) {
    QS_ASSIGN_OR_RETURN(const ItemRecord other, tx.GetItem(listing.item_id));
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kListingLinked,
                     Concat("listing '", sku, "' is linked to item '", other.sku, "'; unlink it first"));
  }
  QS_ASSIGN_OR_RETURN(LinkResult result, WriteLink(tx, now, std::move(listing), item_id, units_per_listing));
  QS_RETURN_IF_ERROR(AppendListingsLinked(tx, now, {result.listing}));
  return result;
}

absl::StatusOr<LinkResult> LinkListingToNewItem(Tx& tx, IdSource& ids, TimeUs now, std::string_view channel_id,
                                                std::string_view sku, std::string_view item_sku,
                                                int32_t units_per_listing) {
  QS_ASSIGN_OR_RETURN(const ListingRecord listing, GetListing(tx, channel_id, sku));
  const std::string_view of_sku = item_sku.empty() ? sku : item_sku;
  QS_ASSIGN_OR_RETURN(std::optional<ItemRecord> item, tx.FindItemBySku(of_sku));
  const bool is_new = !item.has_value();
  if (is_new) {
    QS_ASSIGN_OR_RETURN(item, CreateItem(tx, ids, now, of_sku, listing.title));
  }
  QS_ASSIGN_OR_RETURN(LinkResult result, LinkListing(tx, now, channel_id, sku, item->id, units_per_listing));
  result.item_created = is_new;
  return result;
}

absl::StatusOr<LinkResult> UnlinkListing(Tx& tx, TimeUs now, std::string_view channel_id, std::string_view sku) {
  QS_ASSIGN_OR_RETURN(ListingRecord listing, GetListing(tx, channel_id, sku));
  LinkResult result;
  if (listing.item_id != 0) {
    QS_RETURN_IF_ERROR(AppendListingUnlinked(tx, now, listing));
    const int64_t item_id = std::exchange(listing.item_id, 0);
    listing.units_per_listing = 1;
    QS_RETURN_IF_ERROR(tx.PutListing(listing));
    QS_RETURN_IF_ERROR(tx.MarkTarget(listing.account_id, listing.sku, now));
    QS_ASSIGN_OR_RETURN(result.accounts, RecountLinked(tx, now, listing.account_id, listing.sku, item_id));
    if (std::find(result.accounts.begin(), result.accounts.end(), listing.account_id) == result.accounts.end())
      result.accounts.push_back(listing.account_id);
  }
  result.listing = std::move(listing);
  return result;
}

absl::StatusOr<LinkedPiece> LinkPieceBySku(Tx& tx, IdSource& ids, TimeUs now, std::string_view channel_id,
                                           bool create_items, std::string_view after_sku, int at_most) {
  LinkedPiece piece;
  std::set<std::string> accounts;
  std::vector<ItemRecord> created;
  std::vector<ListingRecord> linked;
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> unlinked, tx.ListListings({.channel_id = std::string(channel_id),
                                                                                  .after_sku = std::string(after_sku),
                                                                                  .linked = false,
                                                                                  .limit = at_most}));
  piece.looked_at = static_cast<int32_t>(unlinked.size());
  piece.last = piece.looked_at < at_most;
  if (!piece.last) piece.through_sku = unlinked.back().sku;
  for (const ListingRecord& listing : unlinked) {
    if (listing.vanished) continue;
    QS_ASSIGN_OR_RETURN(std::optional<ItemRecord> item, tx.FindItemBySku(listing.sku));
    if (!item.has_value()) {
      if (!create_items) {
        ++piece.still_unlinked;
        continue;
      }
      QS_ASSIGN_OR_RETURN(item, PutNewItem(tx, ids, listing.sku, listing.title));
      created.push_back(*item);
    }
    QS_ASSIGN_OR_RETURN(LinkResult one, WriteLink(tx, now, listing, item->id, 1));
    piece.order_lines_linked += one.order_lines_linked;
    accounts.insert(one.accounts.begin(), one.accounts.end());
    linked.push_back(std::move(one.listing));
  }
  QS_RETURN_IF_ERROR(AppendItemsCreated(tx, now, created));
  QS_RETURN_IF_ERROR(AppendListingsLinked(tx, now, linked));
  piece.items_created = static_cast<int32_t>(created.size());
  piece.linked = static_cast<int32_t>(linked.size());
  piece.accounts.assign(accounts.begin(), accounts.end());
  return piece;
}

}  // namespace quayside
