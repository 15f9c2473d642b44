#include "host/listings/listing_import.h"

#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

Fulfilment FulfilmentOf(pb::FulfilmentChannel channel) {
  switch (channel) {
    case pb::FULFILMENT_CHANNEL_MERCHANT:
      return Fulfilment::kMerchant;
    case pb::FULFILMENT_CHANNEL_MARKETPLACE:
      return Fulfilment::kMarketplace;
    default:
      return Fulfilment::kUnknown;
  }
}

absl::StatusOr<ListingImportResult> ImportListings(Tx& tx, TimeUs now, const ChannelRecord& channel,
                                                   const pb::PullListingsReply& reply) {
  ListingImportResult result;
  for (const pb::Listing& reported : reply.listings()) {
    QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> known, tx.FindListing(channel.id, reported.sku()));
    ListingRecord listing;
    if (known.has_value()) listing = *known;
    listing.channel_id = channel.id;
    listing.account_id = channel.account_id;
    listing.sku = reported.sku();
    listing.title = reported.title();
    listing.product_id = reported.product_id();
    listing.product_type = reported.product_type();
    listing.fulfilment = FulfilmentOf(reported.fulfilment());
    listing.statuses.assign(reported.statuses().begin(), reported.statuses().end());
    listing.quantity_seen = reported.has_quantity() ? std::optional<int32_t>(reported.quantity()) : std::nullopt;
    listing.seen_us = now;
    listing.vanished = false;
    if (!reply.pass_id().empty()) listing.pass_id = reply.pass_id();
    // Domain 7: a listing in the marketplace's warehouse is ignored by default.
    if (!known.has_value() && listing.fulfilment == Fulfilment::kMarketplace) listing.ignored = true;
    QS_RETURN_IF_ERROR(tx.PutListing(listing));
    ++(known.has_value() ? result.updated : result.created);
    if (!known.has_value()) {
      QS_RETURN_IF_ERROR(
          tx.AppendEvent({0, now, "listing.found", ListingName(channel.id, listing.sku), {{"sku", listing.sku}}})
              .status());
    }
    // Who fulfils a SKU on one channel guards it on every channel of the account, linked there or not.
    const bool warehouse = listing.fulfilment == Fulfilment::kMarketplace;
    const bool matters = known.has_value() ? known->fulfilment != listing.fulfilment || known->vanished : warehouse;
    if (!matters) continue;
    if (listing.item_id == 0) {
      QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(channel.account_id, listing.sku));
      if (!target.has_value()) continue;
    }
    QS_RETURN_IF_ERROR(tx.MarkTarget(channel.account_id, listing.sku, now));
    result.targets_changed = true;
  }
  if (reply.pass_complete() && !reply.pass_id().empty()) {
    std::vector<std::string> gone;
    VanishBatch batch;
    do {
      QS_ASSIGN_OR_RETURN(batch, tx.MarkVanished({.channel_id = channel.id,
                                                  .pass_id = reply.pass_id(),
                                                  .seen_by_us = now,
                                                  .after_sku = batch.through_sku}));
      gone.insert(gone.end(), batch.skus.begin(), batch.skus.end());
    } while (!batch.last);
    for (const std::string& sku : gone) {
      QS_RETURN_IF_ERROR(tx.MarkTarget(channel.account_id, sku, now));
      QS_RETURN_IF_ERROR(
          tx.AppendEvent({0, now, "listing.vanished", ListingName(channel.id, sku), {{"sku", sku}}}).status());
    }
    result.vanished = static_cast<int32_t>(gone.size());
    result.targets_changed = result.targets_changed || !gone.empty();
  }
  return result;
}

}  // namespace quayside
