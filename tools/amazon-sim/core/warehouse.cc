#include "core/warehouse.h"

#include <algorithm>

#include "core/time_text.h"

namespace amazon_sim {

FbaStock* Warehouse::Find(std::string_view pool, std::string_view sku) {
  const auto found = shelves_.find({pool, sku});
  return found == shelves_.end() ? nullptr : &found->second;
}

const FbaStock* Warehouse::Find(std::string_view pool, std::string_view sku) const {
  const auto found = shelves_.find({pool, sku});
  return found == shelves_.end() ? nullptr : &found->second;
}

FbaStock& Warehouse::Add(const Listing& listing, std::string_view pool, Micros now) {
  now = CutToMillis(now);
  return shelves_
      .try_emplace({pool, listing.sku}, FbaStock{.listing = &listing, .pool = pool, .updated = now, .changed = now})
      .first->second;
}

void Warehouse::Remove(std::string_view pool, std::string_view sku, Micros now) {
  FbaStock* stock = Find(pool, sku);
  if (!stock) return;
  Set(*stock, {}, FbaCause::kBehindOurBack, "", now);
  shelves_.erase({pool, sku});
}

void Warehouse::Set(FbaStock& stock, const FbaUnits& units, FbaCause cause, std::string reference, Micros now,
                    Told told) {
  if (units == stock.units) return;
  if (units.fulfillable != stock.units.fulfillable) {
    ledger_.AddFbaChange({now, &seller_id_, stock.pool, stock.listing, stock.units.fulfillable, units.fulfillable,
                          cause, std::move(reference)});
  }
  FbaUnits only_inbound = stock.units;
  only_inbound.inbound_working = units.inbound_working;
  only_inbound.inbound_shipped = units.inbound_shipped;
  only_inbound.inbound_receiving = units.inbound_receiving;
  const Micros time = std::max(CutToMillis(now), stock.updated + kMillisecond);
  stock.updated = time;
  if (units != only_inbound && told == Told::kYes) stock.changed = time;
  stock.units = units;
}

void Warehouse::Reserve(FbaStock& stock, std::int64_t quantity, FbaCause cause, const std::string& reference,
                        Micros now) {
  FbaUnits units = stock.units;
  units.fulfillable -= quantity;
  units.reserved_orders += quantity;
  Set(stock, units, cause, reference, now);
}

void Warehouse::Release(FbaStock& stock, std::int64_t quantity, FbaCause cause, const std::string& reference,
                        Micros now) {
  // What was promised before a SKU vanished went with it.
  Reserve(stock, -std::min(quantity, stock.units.reserved_orders), cause, reference, now);
}

void Warehouse::TakeOut(FbaStock& stock, std::int64_t quantity, FbaCause cause, const std::string& reference,
                        Micros now) {
  FbaUnits units = stock.units;
  units.reserved_orders -= std::min(quantity, units.reserved_orders);
  Set(stock, units, cause, reference, now);
}

}  // namespace amazon_sim
