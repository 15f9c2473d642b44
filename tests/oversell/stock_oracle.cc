#include "tests/oversell/stock_oracle.h"

#include <algorithm>
#include <variant>

namespace quayside {

void StockOracle::SetClock(const Clock* clock) {
  const std::lock_guard<std::mutex> guard(mutex_);
  clock_ = clock;
}

// In the order in which they were written: a number is judged by what stood before it.
void StockOracle::Committed(const InventoryChanges& changes) {
  const std::lock_guard<std::mutex> guard(mutex_);
  for (const InventoryChange& change : changes) std::visit([this](const auto& one) { Take(one); }, change);
  ++revision_;
}

void StockOracle::Take(const ChannelRecord& channel) { channels_[channel.id] = channel; }
void StockOracle::Take(const LocationRecord& location) { locations_[location.id] = location; }
void StockOracle::Take(const LevelRecord& level) { levels_[level.item_id][level.location_id] = level; }
void StockOracle::Take(const ListingStock& listing) { listings_[{listing.channel_id, listing.sku}] = listing; }

void StockOracle::Take(const ListingsVanished& vanished) {
  for (const std::string& sku : vanished.skus) listings_[{vanished.channel_id, sku}].vanished = true;
}

void StockOracle::Take(const TargetRecord& target) {
  TargetRecord& known = targets_[{target.account_id, target.sku}];
  const bool leaves = target.intent_id != 0 && target.intent_id != known.intent_id;
  known = target;
  if (!leaves) return;
  submissions_.push_back({.revision = revision_,
                          .time_us = clock_ == nullptr ? 0 : clock_->Now(),
                          .account_id = target.account_id,
                          .sku = target.sku,
                          .channel_id = target.owner_channel_id,
                          .quantity = target.wanted.value_or(-1),
                          .rule = Rule(target.owner_channel_id, target.sku)});
}

bool StockOracle::Counts(const ChannelConfig& config, const std::string& location_id) const {
  const auto found = locations_.find(location_id);
  const bool inactive = found != locations_.end() && found->second.inactive;
  const bool centre = found != locations_.end() && found->second.fulfilment_centre;
  if (inactive) return false;
  if (!config.inventory_from_location) return !centre;
  const std::vector<std::string>& chosen = config.inventory_locations;
  return std::find(chosen.begin(), chosen.end(), location_id) != chosen.end();
}

std::optional<int64_t> StockOracle::Rule(const std::string& channel_id, const std::string& sku) const {
  const auto channel = channels_.find(channel_id);
  const auto listing = listings_.find({channel_id, sku});
  if (channel == channels_.end() || listing == listings_.end()) return std::nullopt;
  const ChannelConfig& config = channel->second.config;
  const ListingStock& row = listing->second;
  const bool sends = channel->second.enabled && config.update_inventory && !row.vanished && !row.ignored &&
                     row.item_id != 0 && row.fulfilment == Fulfilment::kMerchant;
  const auto levels = levels_.find(row.item_id);
  if (!sends || levels == levels_.end()) return std::nullopt;

  bool counted = false;
  int64_t units = 0;
  for (const auto& [location, level] : levels->second) {
    if (!Counts(config, location)) continue;
    counted = counted || level.level.has_value();
    units += level.level.value_or(0) - level.reserved;
  }
  if (!counted) return std::nullopt;
  const int64_t packs = units <= 0 ? 0 : units / row.units_per_listing;
  const int64_t end_when = row.end_when_quantity.value_or(config.end_when_quantity);
  if (packs <= end_when) return 0;
  // A share of a whole is at most the whole, so that nothing overflows.
  const int64_t share_e4 = row.listed_percentage_e4.value_or(config.listed_percentage_e4.value_or(1'000'000));
  int64_t shown = packs / 1'000'000 * share_e4 + packs % 1'000'000 * share_e4 / 1'000'000;
  const std::optional<int32_t> most =
      row.max_listed_quantity.has_value() ? row.max_listed_quantity : config.max_listed_quantity;
  if (most.has_value() && shown > *most) shown = *most;
  return shown;
}

std::vector<OracleSubmission> StockOracle::submissions() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return submissions_;
}

std::optional<int64_t> StockOracle::RuleNow(const std::string& account_id, const std::string& sku) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto target = targets_.find({account_id, sku});
  return target == targets_.end() ? std::nullopt : Rule(target->second.owner_channel_id, sku);
}

int64_t StockOracle::StockNow(int64_t item_id) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto levels = levels_.find(item_id);
  int64_t units = 0;
  if (levels == levels_.end()) return units;
  for (const auto& [location, level] : levels->second) {
    if (Counts(ChannelConfig(), location)) units += level.level.value_or(0) - level.reserved;
  }
  return units;
}

std::optional<TargetRecord> StockOracle::TargetNow(const std::string& account_id, const std::string& sku) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto target = targets_.find({account_id, sku});
  if (target == targets_.end()) return std::nullopt;
  return target->second;
}

bool StockOracle::lost() const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return lost_;
}

}  // namespace quayside
