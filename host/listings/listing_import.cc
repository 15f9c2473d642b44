#include "host/listings/listing_import.h"

#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "host/base/errors.h"
#include "host/listings/listing_events.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

// One word of each SKU, in the order of the page.
std::vector<const pb::Listing*> OnePerSku(std::span<const pb::Listing* const> listings, TimeUs now) {
  std::vector<const pb::Listing*> chosen;
  chosen.reserve(listings.size());
  std::unordered_map<std::string_view, size_t> place;
  for (const pb::Listing* listing : listings) {
    const auto [found, is_new] = place.try_emplace(listing->sku(), chosen.size());
    if (is_new) {
      chosen.push_back(listing);
    } else if (HeldAt(*listing, now) >= HeldAt(*chosen[found->second], now)) {
      chosen[found->second] = listing;
    }
  }
  return chosen;
}

// One page on its way into the store.
class Import {
 public:
  Import(Tx& tx, TimeUs now, const ChannelRecord& channel, std::string_view pass_id)
      : tx_(tx), now_(now), channel_(channel), pass_id_(pass_id) {}

  absl::StatusOr<ListingImportResult> Run(std::span<const pb::Listing* const> listings) {
    const std::vector<const pb::Listing*> reported = OnePerSku(listings, now_);
    QS_RETURN_IF_ERROR(FindKnown(reported));
    for (const pb::Listing* one : reported) {
      const auto known = known_.find(one->sku());
      if (known == known_.end()) {
        TakeNew(*one);
      } else {
        QS_RETURN_IF_ERROR(TakeKnown(known->second, *one));
      }
    }
    QS_RETURN_IF_ERROR(WriteNew());
    for (const auto& [seen_us, skus] : touched_) {
      QS_RETURN_IF_ERROR(tx_.TouchListings(channel_.id, skus, seen_us, pass_id_));
    }
    // Who fulfils a SKU on one channel guards it on every channel of the account, linked there or not.
    QS_ASSIGN_OR_RETURN(const int64_t marked, tx_.MarkKnownTargets(channel_.account_id, decides_anew_, now_));
    result_.targets_changed = result_.targets_changed || marked > 0;
    return result_;
  }

 private:
  absl::Status FindKnown(const std::vector<const pb::Listing*>& reported) {
    std::vector<std::string> skus;
    skus.reserve(reported.size());
    for (const pb::Listing* one : reported) skus.push_back(one->sku());
    QS_ASSIGN_OR_RETURN(std::vector<ListingRecord> found, tx_.FindListings(channel_.id, skus));
    for (ListingRecord& listing : found) {
      std::string sku = listing.sku;
      known_.emplace(std::move(sku), std::move(listing));
    }
    return absl::OkStatus();
  }

  void TakeNew(const pb::Listing& reported) {
    added_.push_back(NewListing(channel_, reported, HeldAt(reported, now_), pass_id_));
    if (added_.back().fulfilment == Fulfilment::kMarketplace) decides_anew_.push_back(reported.sku());
  }

  absl::Status TakeKnown(const ListingRecord& known, const pb::Listing& reported) {
    const TimeUs held_us = HeldAt(reported, now_);
    const MergedListing merged = MergeListing(known, reported, held_us, pass_id_);
    if (!merged.changed) {
      ++result_.unchanged;
      touched_[held_us].push_back(known.sku);
      return absl::OkStatus();
    }
    ++result_.updated;
    QS_RETURN_IF_ERROR(tx_.PutListing(merged.record));
    if (!merged.decides_anew) return absl::OkStatus();
    // What was accepted for the listing that was there before says nothing of this one.
    QS_RETURN_IF_ERROR(tx_.MarkTargetSold(channel_.account_id, known.sku));
    if (known.item_id == 0) {
      decides_anew_.push_back(known.sku);
      return absl::OkStatus();
    }
    result_.targets_changed = true;
    return tx_.MarkTarget(channel_.account_id, known.sku, now_);
  }

  absl::Status WriteNew() {
    QS_RETURN_IF_ERROR(tx_.AddListings(added_));
    result_.created = static_cast<int32_t>(added_.size());
    std::vector<std::string> skus;
    for (const ListingRecord& listing : added_) skus.push_back(listing.sku);
    return AppendListingsFound(tx_, now_, channel_.id, skus);
  }

  Tx& tx_;
  const TimeUs now_;
  const ChannelRecord& channel_;
  const std::string_view pass_id_;
  std::unordered_map<std::string, ListingRecord> known_;
  std::vector<ListingRecord> added_;
  std::map<TimeUs, std::vector<std::string>> touched_;  // by when they were held
  std::vector<std::string> decides_anew_;               // where there is a target
  ListingImportResult result_;
};

}  // namespace

absl::StatusOr<ListingImportResult> ImportListings(Tx& tx, TimeUs now, const ChannelRecord& channel,
                                                   std::string_view pass_id,
                                                   std::span<const pb::Listing* const> listings) {
  return Import(tx, now, channel, pass_id).Run(listings);
}

absl::Status TakeInReadBack(Tx& tx, TimeUs now, ListingRecord listing, const pb::ReadBack& shown) {
  listing.fulfilment = FulfilmentOf(shown.fulfilment());
  if (!shown.product_type().empty()) listing.product_type = shown.product_type();
  if (shown.has_quantity()) listing.quantity_seen = shown.quantity();
  listing.seen_us = now;
  return tx.PutListing(listing);
}

}  // namespace quayside
