// What commits change of the things that quantities follow from, told as the values that hold now: with it a mirror in
// memory (host/inventory/index) follows the store without reading it again.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

// The channel has these listings no more.
struct ListingsVanished {
  std::string channel_id;
  std::vector<std::string> skus;
};

// How far the orders of an account are known; 0 = they never were read.
struct OrdersKnownTo {
  std::string account_id;
  TimeUs watermark_us = 0;
};

// More than is told: whoever follows reads the store again.
struct InventoryRewritten {};

// A row of each kind is the whole row, as far as its fields concern quantities.
using InventoryChange = std::variant<ChannelRecord, LocationRecord, LevelRecord, ListingStock, ListingsVanished,
                                     TargetRecord, OrdersKnownTo, ItemProperties, InventoryRewritten>;
// Of one commit; later ones overrule earlier ones.
using InventoryChanges = std::vector<InventoryChange>;

class InventoryFollower {
 public:
  virtual ~InventoryFollower() = default;
  // [the store's writer, for the trace of who wrote] After each durable commit that changed something, before its
  // writers return, in the order of the commits. Must be quick, must not throw, must not call the store.
  virtual void Committed(const InventoryChanges& changes) = 0;
};

}  // namespace quayside
