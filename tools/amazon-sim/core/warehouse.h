// What lies in Amazon's warehouses of one seller in one region, by stock pool and SKU.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/ledger.h"
#include "core/listing.h"
#include "core/sim_clock.h"

namespace amazon_sim {

// Units, each in one place. getInventorySummaries shows every place by its own name.
struct FbaUnits {
  std::int64_t fulfillable = 0;
  std::int64_t inbound_working = 0;
  std::int64_t inbound_shipped = 0;
  std::int64_t inbound_receiving = 0;
  std::int64_t reserved_orders = 0;      // pendingCustomerOrder: promised, not gone yet
  std::int64_t reserved_transfer = 0;    // pendingTransshipment: on the way between two warehouses
  std::int64_t reserved_processing = 0;  // fcProcessing
  std::int64_t unfulfillable = 0;
  std::int64_t researching = 0;

  std::int64_t Inbound() const { return inbound_working + inbound_shipped + inbound_receiving; }
  std::int64_t Reserved() const { return reserved_orders + reserved_transfer + reserved_processing; }
  std::int64_t Total() const { return fulfillable + Inbound() + Reserved() + unfulfillable + researching; }
  bool operator==(const FbaUnits&) const = default;
};

struct FbaStock {
  const Listing* listing = nullptr;
  std::string_view pool;  // a marketplace's stock_pool
  FbaUnits units;
  Micros updated = 0;     // any unit moved
  Micros changed = 0;     // the last change that startDateTime finds
  bool unlisted = false;  // missing from the list of all, there when asked for by SKU
};

// A SKU has stock in a pool once somebody said so; until then Amazon's figures do not know it, and orders for it are
// filled from nowhere. Pointers stay valid until the SKU is removed.
class Warehouse {
 public:
  // (pool, SKU), which is the order of every list.
  using Key = std::pair<std::string_view, std::string_view>;
  using Shelves = std::map<Key, FbaStock>;

  Warehouse(const std::string& seller_id, Ledger& ledger) : seller_id_(seller_id), ledger_(ledger) {}

  // Null when the pool knows nothing of the SKU.
  FbaStock* Find(std::string_view pool, std::string_view sku);
  const FbaStock* Find(std::string_view pool, std::string_view sku) const;
  // The stock there is, or an empty one.
  FbaStock& Add(const Listing& listing, std::string_view pool, Micros now);
  // The SKU vanishes from Amazon's figures, with all its units.
  void Remove(std::string_view pool, std::string_view sku, Micros now);

  // Moves units; the ledger hears of what becomes of the fulfillable ones. A change of inbound units alone, and one
  // that is not `told`, is not found by startDateTime.
  enum class Told { kYes, kNo };
  void Set(FbaStock& stock, const FbaUnits& units, FbaCause cause, std::string reference, Micros now,
           Told told = Told::kYes);
  // The ways of units that are sold: promised, back on the shelf, out of the door. `quantity` must be there.
  void Reserve(FbaStock& stock, std::int64_t quantity, FbaCause cause, const std::string& reference, Micros now);
  void Release(FbaStock& stock, std::int64_t quantity, FbaCause cause, const std::string& reference, Micros now);
  void TakeOut(FbaStock& stock, std::int64_t quantity, FbaCause cause, const std::string& reference, Micros now);

  const Shelves& shelves() const { return shelves_; }

 private:
  const std::string& seller_id_;
  Ledger& ledger_;
  Shelves shelves_;
};

}  // namespace amazon_sim
