#include "core/warehouse_commands.h"

#include <algorithm>
#include <array>

#include "core/fba_stock_json.h"
#include "core/json_fields.h"
#include "core/outbound_life.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

struct UnitPlace {
  std::string_view field;
  std::int64_t FbaUnits::*units;
};

// What a test author may set; units promised to orders follow from the orders.
constexpr std::array kUnitPlaces{UnitPlace{"fulfillable", &FbaUnits::fulfillable},
                                 UnitPlace{"inbound_working", &FbaUnits::inbound_working},
                                 UnitPlace{"inbound_shipped", &FbaUnits::inbound_shipped},
                                 UnitPlace{"inbound_receiving", &FbaUnits::inbound_receiving},
                                 UnitPlace{"reserved_transfer", &FbaUnits::reserved_transfer},
                                 UnitPlace{"reserved_processing", &FbaUnits::reserved_processing},
                                 UnitPlace{"unfulfillable", &FbaUnits::unfulfillable},
                                 UnitPlace{"researching", &FbaUnits::researching}};

std::int64_t ReadStockUnits(const json::object& arguments, std::string_view name, std::int64_t fallback = 0) {
  const std::int64_t units = IntField(arguments, name, fallback);
  if (units < 0) throw InputError(std::string(name) + " cannot be negative");
  return units;
}

struct Shelf {
  const Account& account;
  SellerBook& book;
  std::string sku;
  std::string_view pool;

  FbaStock& Require() const {
    if (FbaStock* stock = book.warehouse().Find(pool, sku)) return *stock;
    throw InputError("pool " + std::string(pool) + " has no stock of " + sku);
  }
};

Shelf ReadShelf(World& world, const json::object& arguments) {
  const Account& account = world.AccountOf(TextField(arguments, "seller"));
  const std::string sku = TextField(arguments, "sku");
  if (sku.empty()) throw InputError("sku is needed");
  return {account, *account.book, sku, RequirePool(account, TextField(arguments, "pool"))};
}

// Takes up to `quantity` units out of the places they are received from; how many there were.
std::int64_t TakeFrom(FbaUnits& units, const std::string& from, std::int64_t quantity) {
  if (from == "outside") return quantity;
  std::int64_t taken = 0;
  const auto take = [&](std::int64_t& place) {
    const std::int64_t part = std::min(place, quantity - taken);
    place -= part;
    taken += part;
  };
  if (from == "transfer") take(units.reserved_transfer);
  if (from == "processing") take(units.reserved_processing);
  if (from == "researching") take(units.researching);
  if (from == "inbound") {
    take(units.inbound_receiving);
    take(units.inbound_shipped);
    take(units.inbound_working);
  }
  return taken;
}

}  // namespace

std::string_view RequirePool(const Account& account, std::string_view pool) {
  if (account.marketplaces.empty()) throw InputError("the seller has no marketplaces");
  if (pool.empty()) return account.marketplaces.front()->stock_pool;
  for (const Marketplace* marketplace : account.marketplaces) {
    if (marketplace->stock_pool == pool) return marketplace->stock_pool;
  }
  throw InputError("the seller has no stock pool " + std::string(pool));
}

void PutFbaStock(World& world, const Account& account, const Listing& listing, const boost::json::object& stock,
                 FbaCause cause, Micros now) {
  Warehouse& warehouse = account.book->warehouse();
  for (const auto& [pool, value] : stock) {
    FbaStock& shelf = warehouse.Add(listing, RequirePool(account, pool), now);
    FbaUnits units = shelf.units;
    units.fulfillable = ReadStockUnits(stock, pool);
    warehouse.Set(shelf, units, cause, "", now);
    WakeOutbound(world, *account.book, shelf, now);
  }
}

boost::json::object SetFbaStock(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  RefuseUnknown(arguments,
                {"seller", "sku", "pool", "listed", "told", "fulfillable", "inbound_working", "inbound_shipped",
                 "inbound_receiving", "reserved_transfer", "reserved_processing", "unfulfillable", "researching", "at",
                 "command"},
                "set-fba-stock");
  const Shelf shelf = ReadShelf(world, arguments);
  const Listing* listing = shelf.book.FindListing(shelf.sku);
  if (!listing) throw InputError("no listing " + shelf.sku);
  FbaStock* known = shelf.book.warehouse().Find(shelf.pool, shelf.sku);
  FbaUnits units = known ? known->units : FbaUnits();
  for (const UnitPlace& place : kUnitPlaces)
    units.*place.units = ReadStockUnits(arguments, place.field, units.*place.units);
  FbaStock& stock = shelf.book.warehouse().Add(*listing, shelf.pool, now);
  stock.unlisted = !BoolField(arguments, "listed", !stock.unlisted);
  shelf.book.warehouse().Set(stock, units, known ? FbaCause::kBehindOurBack : FbaCause::kSetup, "", now,
                             BoolField(arguments, "told", true) ? Warehouse::Told::kYes : Warehouse::Told::kNo);
  WakeOutbound(world, shelf.book, stock, now);
  return TrueFbaStockJson(shelf.book, stock);
}

boost::json::object ReceiveFbaStock(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  const Shelf shelf = ReadShelf(world, arguments);
  FbaStock& stock = shelf.Require();
  const std::string from =
      ChoiceField(arguments, "from", {"outside", "inbound", "transfer", "processing", "researching"}, "outside");
  FbaUnits units = stock.units;
  units.fulfillable += TakeFrom(units, from, ReadStockUnits(arguments, "quantity"));
  shelf.book.warehouse().Set(stock, units, FbaCause::kArrival, "", now);
  WakeOutbound(world, shelf.book, stock, now);
  return TrueFbaStockJson(shelf.book, stock);
}

boost::json::object RemoveFbaStock(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  const Shelf shelf = ReadShelf(world, arguments);
  shelf.Require();
  shelf.book.warehouse().Remove(shelf.pool, shelf.sku, now);
  return {{"sku", shelf.sku}, {"pool", shelf.pool}, {"removed", true}};
}

}  // namespace amazon_sim
