#include "host/listings/listing_merge.h"

#include <algorithm>
#include <optional>

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

// All that the marketplace says of a listing, as far as it says it.
void TakeOver(const pb::Listing& reported, ListingRecord& listing) {
  if (!reported.title_unknown()) listing.title = reported.title();
  if (!reported.product_type_unknown()) listing.product_type = reported.product_type();
  listing.product_id = reported.product_id();
  listing.fulfilment = FulfilmentOf(reported.fulfilment());
  listing.statuses.assign(reported.statuses().begin(), reported.statuses().end());
  listing.quantity_seen = reported.has_quantity() ? std::optional<int32_t>(reported.quantity()) : std::nullopt;
  listing.vanished = false;
}

}  // namespace

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

TimeUs HeldAt(const pb::Listing& reported, TimeUs now) {
  return reported.as_of_us() > 0 ? std::min(reported.as_of_us(), now) : now;
}

ListingRecord NewListing(const ChannelRecord& channel, const pb::Listing& reported, TimeUs held_us,
                         std::string_view pass_id) {
  ListingRecord listing;
  listing.channel_id = channel.id;
  listing.account_id = channel.account_id;
  listing.sku = reported.sku();
  TakeOver(reported, listing);
  listing.seen_us = held_us;
  listing.pass_id = pass_id;
  listing.ignored = listing.fulfilment == Fulfilment::kMarketplace;
  return listing;
}

MergedListing MergeListing(const ListingRecord& known, const pb::Listing& reported, TimeUs held_us,
                           std::string_view pass_id) {
  MergedListing merged{.record = known};
  ListingRecord& listing = merged.record;
  if (held_us >= known.seen_us) {
    TakeOver(reported, listing);
    const bool nobody_decided = known.fulfilment == Fulfilment::kUnknown && known.item_id == 0;
    if (nobody_decided && listing.fulfilment == Fulfilment::kMarketplace) listing.ignored = true;
    merged.changed = !(listing == known);
    merged.decides_anew = listing.fulfilment != known.fulfilment || known.vanished;
    listing.seen_us = held_us;
  }
  if (!pass_id.empty()) listing.pass_id = pass_id;
  return merged;
}

}  // namespace quayside
