// An independent calculation of every quantity: follows the store's commits, keeps stock and rules of its own, and
// works out what may be shown at the revision at which a number was decided to be sent. It shares
// no rule with the host.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/clock.h"
#include "host/store/inventory_changes.h"

namespace quayside {

// A number that was written down to be sent.
struct OracleSubmission {
  int64_t revision = 0;  // of the stock: commits told of before it
  TimeUs time_us = 0;
  std::string account_id;
  std::string sku;
  std::string channel_id;  // whose rules counted
  int32_t quantity = 0;
  std::optional<int64_t> rule;  // what may be shown; unset: nothing may be sent
};

// Thread-safe.
class StockOracle final : public InventoryFollower {
 public:
  // Before the world's clock is there, times are 0.
  void SetClock(const Clock* clock);
  void Committed(const InventoryChanges& changes) override;

  [[nodiscard]] std::vector<OracleSubmission> submissions() const;
  // What may be shown now for a target, by the rules of its owner; nullopt: nothing may be sent.
  [[nodiscard]] std::optional<int64_t> RuleNow(const std::string& account_id, const std::string& sku) const;
  // Levels less reservations of an item by the merchant's own locations, also when that is less than nothing.
  [[nodiscard]] int64_t StockNow(int64_t item_id) const;
  // The row of a target as it was told last.
  [[nodiscard]] std::optional<TargetRecord> TargetNow(const std::string& account_id, const std::string& sku) const;
  // More happened than is told: nothing it says counts.
  [[nodiscard]] bool lost() const;

 private:
  using Key = std::pair<std::string, std::string>;

  void Take(const ChannelRecord& channel);
  void Take(const LocationRecord& location);
  void Take(const LevelRecord& level);
  void Take(const ListingStock& listing);
  void Take(const ListingsVanished& vanished);
  void Take(const TargetRecord& target);
  void Take(const OrdersKnownTo&) {}
  void Take(const ItemProperties&) {}
  void Take(const InventoryRewritten&) { lost_ = true; }

  [[nodiscard]] bool Counts(const ChannelConfig& config, const std::string& location_id) const;
  [[nodiscard]] std::optional<int64_t> Rule(const std::string& channel_id, const std::string& sku) const;

  mutable std::mutex mutex_;
  const Clock* clock_ = nullptr;
  int64_t revision_ = 0;
  bool lost_ = false;
  std::map<std::string, ChannelRecord> channels_;
  std::map<std::string, LocationRecord> locations_;
  std::map<int64_t, std::map<std::string, LevelRecord>> levels_;  // item, location
  std::map<Key, ListingStock> listings_;                          // channel, SKU
  std::map<Key, TargetRecord> targets_;                           // account, SKU
  std::vector<OracleSubmission> submissions_;
};

}  // namespace quayside
