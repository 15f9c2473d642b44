#include "host/listings/listing_events.h"

#include <map>
#include <string_view>
#include <utility>

#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/stock_events.h"

namespace quayside {
namespace {

using EventFacts = std::map<std::string, std::string>;

EventFacts FactsOfListings(const std::string& channel_id, const std::vector<std::string>& skus) {
  std::vector<std::string> names;
  std::vector<std::string_view> beginnings;
  for (const std::string& sku : skus) {
    names.push_back(ListingName(channel_id, sku));
    beginnings.push_back(sku);
  }
  return {{"count", Concat(skus.size())}, {"listings", NamedOnce(names)}, {"sku_prefix", CommonBeginning(beginnings)}};
}

absl::Status AppendOfSeveral(Tx& tx, TimeUs now, std::string_view type, const std::string& channel_id,
                             EventFacts facts) {
  return tx.AppendEvent({0, now, Concat(type, "_many"), ListingName(channel_id, "-"), std::move(facts)}).status();
}

absl::Status AppendReported(Tx& tx, TimeUs now, std::string_view type, const std::string& channel_id,
                            const std::vector<std::string>& skus) {
  if (skus.empty()) return absl::OkStatus();
  if (skus.size() > 1) return AppendOfSeveral(tx, now, type, channel_id, FactsOfListings(channel_id, skus));
  return tx.AppendEvent({0, now, std::string(type), ListingName(channel_id, skus[0]), {{"sku", skus[0]}}}).status();
}

absl::Status AppendMapped(Tx& tx, TimeUs now, std::string type, const ListingRecord& listing) {
  EventFacts facts = {{"sku", listing.sku}, {"item", ItemName(listing.item_id)}};
  return tx.AppendEvent({0, now, std::move(type), ListingName(listing.channel_id, listing.sku), std::move(facts)})
      .status();
}

}  // namespace

absl::Status AppendListingsFound(Tx& tx, TimeUs now, const std::string& channel_id,
                                 const std::vector<std::string>& skus) {
  return AppendReported(tx, now, "listing.found", channel_id, skus);
}

absl::Status AppendListingsVanished(Tx& tx, TimeUs now, const std::string& channel_id,
                                    const std::vector<std::string>& skus) {
  return AppendReported(tx, now, "listing.vanished", channel_id, skus);
}

absl::Status AppendListingsLinked(Tx& tx, TimeUs now, const std::vector<ListingRecord>& listings) {
  if (listings.empty()) return absl::OkStatus();
  const std::string& channel_id = listings[0].channel_id;
  if (listings.size() == 1) return AppendMapped(tx, now, "listing.linked", listings[0]);
  std::vector<std::string> skus;
  std::vector<std::string> items;
  for (const ListingRecord& listing : listings) {
    skus.push_back(listing.sku);
    items.push_back(ItemName(listing.item_id));
  }
  EventFacts facts = FactsOfListings(channel_id, skus);
  facts["items"] = NamedOnce(items);
  return AppendOfSeveral(tx, now, "listing.linked", channel_id, std::move(facts));
}

absl::Status AppendListingUnlinked(Tx& tx, TimeUs now, const ListingRecord& listing) {
  return AppendMapped(tx, now, "listing.unlinked", listing);
}

}  // namespace quayside
