#include "host/sync/target_reader.h"

#include <set>

#include "host/base/errors.h"
#include "host/inventory/stock_view.h"
#include "host/sync/lane_id.h"

namespace quayside {

absl::StatusOr<const ChannelRecord*> TargetReader::Channel(const std::string& channel_id) {
  auto found = channels_.find(channel_id);
  if (found == channels_.end()) {
    QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx_.GetChannel(channel_id));
    found = channels_.emplace(channel_id, std::move(channel)).first;
  }
  return &found->second;
}

absl::StatusOr<TimeUs> TargetReader::OrderWatermark(const std::string& account_id) {
  auto found = watermarks_.find(account_id);
  if (found == watermarks_.end()) {
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> lane, tx_.FindLane(AccountLaneId(account_id, Job::kOrders)));
    found = watermarks_.emplace(account_id, lane.has_value() ? lane->cursor.watermark_us : 0).first;
  }
  return found->second;
}

absl::StatusOr<TargetInputs> TargetReader::Read(const TargetRecord& target) {
  if (!locations_.has_value()) {
    QS_ASSIGN_OR_RETURN(locations_, tx_.ListLocations());
  }
  TargetInputs inputs{.target = target};
  QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> listings, tx_.ListListingsOfSku(target.account_id, target.sku));
  std::set<int64_t> items;
  for (const ListingRecord& listing : listings) {
    TargetCandidate candidate;
    QS_ASSIGN_OR_RETURN(const ChannelRecord* channel, Channel(listing.channel_id));
    candidate.channel = *channel;
    candidate.listing = listing;
    if (listing.item_id != 0) {
      QS_ASSIGN_OR_RETURN(candidate.stock, ReadStock(tx_, listing.item_id, *locations_));
      if (channel->config.product_based_latency) {
        QS_ASSIGN_OR_RETURN(candidate.properties, tx_.GetItemProperties(listing.item_id));
      }
      items.insert(listing.item_id);
    }
    inputs.candidates.push_back(std::move(candidate));
  }
  std::set<std::string> sellers;
  for (const int64_t item : items) {
    QS_ASSIGN_OR_RETURN(const std::vector<ListingRecord> everywhere, tx_.ListListingsOfItem(item));
    for (const ListingRecord& listing : everywhere) {
      if (listing.vanished) continue;
      QS_ASSIGN_OR_RETURN(const ChannelRecord* channel, Channel(listing.channel_id));
      if (channel->enabled) sellers.insert(listing.account_id);
    }
  }
  for (const std::string& account : sellers) {
    if (!brings_orders_(account)) continue;
    QS_ASSIGN_OR_RETURN(const TimeUs watermark, OrderWatermark(account));
    inputs.order_sources.push_back({account, watermark});
  }
  return inputs;
}

}  // namespace quayside
