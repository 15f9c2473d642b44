// The rows that quantities follow from, packed: what a million listings need to be judged without the database. Holds
// facts only; what is to be decided is undecided.h's, threads and the store are quantity_index.h's.
//
// Names (SKUs, accounts, channels, locations) and rows are numbers here. Lists hang together by numbers: the listings
// of a target, ordered by channel id as JudgeTarget wants them; the listings and the levels of an item.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "host/inventory/decision_stands.h"
#include "host/inventory/index/name_pool.h"
#include "host/inventory/index/slab.h"
#include "host/inventory/latency.h"
#include "host/inventory/target_verdict.h"
#include "host/store/inventory_changes.h"

namespace quayside {

using TargetNumber = uint32_t;
using AccountNumber = uint32_t;
inline constexpr uint32_t kNoNumber = UINT32_MAX;

// Not thread-safe.
class StockFacts {
 public:
  StockFacts();
  StockFacts(const StockFacts&) = delete;
  StockFacts& operator=(const StockFacts&) = delete;

  // Takes a row in. False: it cannot be understood from here, the store is to be read again.
  [[nodiscard]] bool Apply(const InventoryChange& change);
  void Put(const ListingStock& listing);
  void Put(const LevelRecord& level);
  void Put(const TargetRecord& target);
  void Put(const ItemProperties& properties);
  void SetBringsOrders(std::string_view account_id, bool brings);

  // What the changes so far concern; asking forgets it. Targets one by one:
  [[nodiscard]] std::vector<TargetNumber> TakeTouched();
  // Channels whose configuration is another: every target they list (Concerns).
  [[nodiscard]] std::vector<uint32_t> TakeChangedChannels();
  // Accounts whose orders are known further, or do not count any more: every raise that waits for them.
  [[nodiscard]] std::vector<AccountNumber> TakeMovedAccounts();
  // Accounts that may sell fewer items, a channel was switched: every raise that waits for them, whatever it waits for.
  [[nodiscard]] std::vector<AccountNumber> TakeSwitchedAccounts() { return std::exchange(switched_accounts_, {}); }
  // An account may sell more than before, or its orders count now: any raise may have to wait for it.
  [[nodiscard]] bool TakeNewSellers() { return std::exchange(new_sellers_, false); }

  [[nodiscard]] TargetNumber targets() const { return targets_.size(); }
  [[nodiscard]] uint32_t channels() const { return static_cast<uint32_t>(channels_.size()); }
  [[nodiscard]] AccountNumber accounts() const { return static_cast<AccountNumber>(accounts_.size()); }
  [[nodiscard]] std::optional<TargetNumber> FindTarget(std::string_view account_id, std::string_view sku) const;
  [[nodiscard]] std::optional<AccountNumber> FindAccount(std::string_view account_id) const;
  [[nodiscard]] std::string_view SkuOf(TargetNumber target) const { return skus_[targets_[target].sku]; }
  [[nodiscard]] AccountNumber AccountOf(TargetNumber target) const { return targets_[target].account; }
  [[nodiscard]] std::string_view account_id(AccountNumber account) const { return account_ids_[account]; }
  // Is it listed by one of the channels (by number)?
  [[nodiscard]] bool Concerns(TargetNumber target, const std::vector<bool>& channels) const;

  [[nodiscard]] TargetVerdict Judge(TargetNumber target) const;
  [[nodiscard]] LastDecision Last(TargetNumber target, const TargetVerdict& now) const;
  // The most that the channel may show of it, as far as is known.
  [[nodiscard]] std::optional<int32_t> Shown(TargetNumber target, const TargetVerdict& now) const;
  // The channel whose rules count, else who owned it before; empty = nobody.
  [[nodiscard]] std::string OwnerOf(TargetNumber target, const TargetVerdict& now) const;
  [[nodiscard]] TimeUs ChangedAt(TargetNumber target) const { return targets_[target].changed_us; }
  // Was it held at its last decision?
  [[nodiscard]] bool IsHeld(TargetNumber target) const {
    return targets_[target].state == static_cast<uint8_t>(TargetState::kHeld);
  }
  // An account whose orders a raise of this target waits for; nullopt = none.
  [[nodiscard]] std::optional<AccountNumber> FirstBehind(TargetNumber target) const;
  // Does a raise that needs orders up to this time wait for the account's?
  [[nodiscard]] bool HoldsUp(AccountNumber account, TimeUs up_to) const {
    return accounts_[account].brings_orders && !OrdersKnown(accounts_[account].watermark_us, up_to);
  }
  // Listings of a channel.
  [[nodiscard]] int64_t CountListings(std::string_view channel_id) const;
  [[nodiscard]] int64_t listings() const { return listings_.size(); }

 private:
  class View;

  struct Account {
    TimeUs watermark_us = 0;
    bool brings_orders = false;
    bool moved = false;
  };
  struct Channel {
    ChannelRecord record;  // without what concerns no quantity
    AccountNumber account = kNoNumber;
    std::vector<uint32_t> chosen;  // locations
    LatencyNames latency_names;
    int64_t listings = 0;
    bool changed = false;
  };
  struct Level {
    int64_t level = 0;
    int64_t reserved = 0;
    uint32_t next = kNoNumber;
    uint16_t location = 0;
    bool known = false;
  };
  // A property of an item that may be a handling time and is a good one.
  struct Days {
    uint32_t name = kNoNumber;
    int32_t days = 0;
  };
  struct Item {
    int64_t id = 0;
    uint32_t first_level = kNoNumber;
    uint32_t first_listing = kNoNumber;
  };
  struct Listing {
    TargetNumber target = kNoNumber;
    uint32_t next_of_target = kNoNumber;
    uint32_t item = kNoNumber;
    uint32_t next_of_item = kNoNumber;
    uint32_t channel = kNoNumber;
    int32_t units = 1;
    int32_t seen = 0;
    int32_t max_listed = 0;
    int32_t percentage_e4 = 0;
    int32_t end_when = 0;
    Fulfilment fulfilment : 2 = Fulfilment::kUnknown;  // its type is unsigned
    bool ignored : 1 = false;
    bool vanished : 1 = false;
    bool has_seen : 1 = false;
    bool has_max_listed : 1 = false;
    bool has_percentage : 1 = false;
    bool has_end_when : 1 = false;
  };
  struct Target {
    TimeUs changed_us = 0;
    uint32_t sku = kNoNumber;
    AccountNumber account = kNoNumber;
    uint32_t first_listing = kNoNumber;
    uint32_t owner = kNoNumber;   // channel
    uint32_t chosen = kNoNumber;  // channel
    int32_t wanted = 0;
    int32_t accepted = 0;
    int32_t may_show = 0;
    uint32_t witness = kNoNumber;  // channel, with kWitness
    uint8_t state = 0;             // TargetState
    uint8_t latency = 0;           // 0 = none
    TargetReason reason = TargetReason::kNothing;
    bool stored : 1 = false;
    bool has_wanted : 1 = false;
    bool has_accepted : 1 = false;
    bool has_may_show : 1 = false;
    bool accepted_stale : 1 = false;
    bool clear_latency : 1 = false;
    bool touched : 1 = false;
  };

  struct TargetKey {
    AccountNumber account;
    uint32_t sku;
  };
  using Targets = Slab<Target>;
  struct KeyHash {
    using is_transparent = void;
    const Targets* targets;
    size_t operator()(const TargetKey& key) const { return absl::HashOf(key.account, key.sku); }
    size_t operator()(TargetNumber number) const {
      return (*this)(TargetKey{(*targets)[number].account, (*targets)[number].sku});
    }
  };
  struct KeyEqual {
    using is_transparent = void;
    const Targets* targets;
    bool operator()(TargetNumber a, TargetNumber b) const { return a == b; }
    bool operator()(TargetNumber a, const TargetKey& b) const {
      return (*targets)[a].account == b.account && (*targets)[a].sku == b.sku;
    }
    bool operator()(const TargetKey& a, TargetNumber b) const { return (*this)(b, a); }
  };

  bool ApplyRow(const ChannelRecord& row);
  bool ApplyRow(const LocationRecord& row);
  bool ApplyRow(const ListingsVanished& row);
  bool ApplyRow(const OrdersKnownTo& row);
  bool ApplyRow(const InventoryRewritten&) { return false; }
  bool ApplyRow(const ListingStock& row) { return Put(row), true; }
  bool ApplyRow(const LevelRecord& row) { return Put(row), true; }
  bool ApplyRow(const TargetRecord& row) { return Put(row), true; }
  bool ApplyRow(const ItemProperties& row) { return Put(row), true; }

  AccountNumber InternAccount(std::string_view id);
  uint32_t InternChannel(std::string_view id);
  uint32_t InternLocation(std::string_view id);
  uint32_t InternItem(int64_t id);
  TargetNumber InternTarget(AccountNumber account, std::string_view sku);
  uint32_t FindListing(TargetNumber target, uint32_t channel) const;
  uint32_t AddListing(TargetNumber target, uint32_t channel);
  void Link(uint32_t listing, uint32_t item);
  void Unlink(uint32_t listing);
  void Touch(TargetNumber target);
  // Every target whose stock, or whose raises, the item has a say in.
  void TouchItem(uint32_t item);
  void Move(AccountNumber account);
  [[nodiscard]] std::optional<int64_t> Available(const Listing& listing) const;
  [[nodiscard]] std::optional<int32_t> LatencyOf(const Listing& listing) const;
  // What the item's property of this name says.
  [[nodiscard]] std::optional<int32_t> DaysOf(uint32_t item, std::string_view property) const;
  // Calls `fn` with the account of every channel that may sell an item of the target, until it answers false.
  template <typename Fn>
  void EachSeller(TargetNumber target, Fn fn) const;
  // Why nothing is sent, as the note says.
  void ReadNote(std::string_view note, Target& target);

  NamePool skus_;
  NamePool account_ids_;
  std::vector<Account> accounts_;
  NamePool channel_ids_;
  std::vector<std::unique_ptr<Channel>> channels_;
  NamePool location_ids_;
  std::vector<bool> fulfilment_centre_;  // by location
  std::vector<bool> inactive_;           // by location
  Slab<Level> levels_;
  Slab<Item> items_;
  absl::flat_hash_map<int64_t, uint32_t> item_numbers_;
  NamePool property_names_;
  absl::flat_hash_map<uint32_t, std::vector<Days>> item_days_;  // of items that have some
  Slab<Listing> listings_;
  Targets targets_;
  absl::flat_hash_set<TargetNumber, KeyHash, KeyEqual> target_numbers_;
  std::unordered_map<std::string, TargetReason> reasons_;  // by note

  std::vector<TargetNumber> touched_;
  std::vector<uint32_t> changed_channels_;
  std::vector<AccountNumber> moved_accounts_;
  std::vector<AccountNumber> switched_accounts_;
  bool new_sellers_ = false;
};

}  // namespace quayside
