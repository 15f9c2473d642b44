#include "core/listing_commands.h"

#include <algorithm>

#include "core/json_fields.h"
#include "core/warehouse_commands.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

json::value QuantityJson(std::optional<std::int64_t> quantity) {
  return quantity ? json::value(*quantity) : json::value(nullptr);
}

MarketplaceSet ReadOfferedIn(const Account& account, const json::object& arguments) {
  MarketplaceSet offered_in;
  const json::array* names = ArrayField(arguments, "marketplaces");
  if (!names) {
    for (const Marketplace* marketplace : account.marketplaces) offered_in.Add(marketplace);
    return offered_in;
  }
  for (const json::value& name : *names) {
    const Marketplace* marketplace = name.is_string() ? FindMarketplace(name.get_string()) : nullptr;
    if (!marketplace || !account.SellsIn(marketplace)) throw InputError("marketplaces must be the seller's");
    offered_in.Add(marketplace);
  }
  return offered_in;
}

std::int64_t ReadStock(const json::object& arguments, std::string_view name) {
  const std::int64_t quantity = IntField(arguments, name);
  if (quantity < 0) throw InputError("a quantity cannot be negative");
  return quantity;
}

Listing NewListing(World& world, const Account& account, const json::object& arguments) {
  const std::string sku = TextField(arguments, "sku");
  if (sku.empty()) throw InputError("sku is needed");
  Listing listing;
  listing.sku = account.book->KeepText(sku);
  listing.asin = account.book->KeepText(MakeAsin(world.choices));
  listing.offered_in = ReadOfferedIn(account, arguments);
  if (!BoolField(arguments, "fba")) listing.quantity = 0;
  return listing;
}

void ChangeListing(const json::object& arguments, SellerBook& book, Listing& listing) {
  if (arguments.contains("asin")) listing.asin = book.KeepText(TextField(arguments, "asin"));
  if (arguments.contains("title")) listing.SetTitle(TextField(arguments, "title"));
  if (arguments.contains("product_type")) listing.product_type = book.KeepWord(TextField(arguments, "product_type"));
  if (arguments.contains("restock_date")) listing.SetRestockDate(TextField(arguments, "restock_date"));
  listing.fba = BoolField(arguments, "fba", listing.fba);
  listing.suppressed = BoolField(arguments, "suppressed", listing.suppressed);
  listing.price = NumberField(arguments, "price", listing.price);
  if (arguments.contains("lead_time_days")) {
    listing.lead_time_days = static_cast<std::int16_t>(IntField(arguments, "lead_time_days"));
  }
}

}  // namespace

std::string MakeAsin(Rng& rng) {
  static constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string asin = "B0";
  for (int i = 0; i < 8; ++i) asin += kLetters[rng.Below(kLetters.size())];
  return asin;
}

boost::json::object ChangeQuantity(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  SellerBook& book = world.Book(TextField(arguments, "seller"));
  const std::string sku = TextField(arguments, "sku");
  Listing* listing = book.FindListing(sku);
  if (!listing) throw InputError("no listing " + sku);
  if (arguments.contains("quantity") == arguments.contains("delta")) throw InputError("quantity or delta is needed");
  const auto before = listing->quantity;
  const std::int64_t after = arguments.contains("quantity")
                                 ? ReadStock(arguments, "quantity")
                                 : std::max<std::int64_t>(0, before.value_or(0) + IntField(arguments, "delta"));
  book.SetQuantity(*listing, after, QuantityCause::kBehindOurBack, "", now);
  return {{"sku", sku}, {"before", QuantityJson(before)}, {"after", after}};
}

boost::json::object SetListing(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  const Account& account = world.AccountOf(TextField(arguments, "seller"));
  SellerBook& book = *account.book;
  const std::string sku = TextField(arguments, "sku");
  Listing* listing = book.FindListing(sku);
  const bool created = listing == nullptr;
  if (created) {
    Listing fresh = NewListing(world, account, arguments);
    ChangeListing(arguments, book, fresh);
    if (arguments.contains("quantity")) fresh.quantity = ReadStock(arguments, "quantity");
    listing = book.AddListing(std::move(fresh), now);
  } else {
    const bool was_fba = listing->fba;
    ChangeListing(arguments, book, *listing);
    book.TouchListing(*listing, now);
    if (arguments.contains("quantity")) {
      book.SetQuantity(*listing, ReadStock(arguments, "quantity"), QuantityCause::kBehindOurBack, "", now);
    } else if (listing->fba != was_fba) {
      const auto quantity = listing->fba ? std::optional<std::int64_t>() : std::optional<std::int64_t>(0);
      book.SetQuantity(*listing, quantity, QuantityCause::kBehindOurBack, "", now);
    }
  }
  if (const json::object* stock = ObjectField(arguments, "fba_stock")) {
    PutFbaStock(world, account, *listing, *stock, created ? FbaCause::kSetup : FbaCause::kBehindOurBack, now);
  }
  return {{"sku", sku}, {"created", created}, {"fba", listing->fba}, {"quantity", QuantityJson(listing->quantity)}};
}

boost::json::object DeleteListing(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  SellerBook& book = world.Book(TextField(arguments, "seller"));
  const std::string sku = TextField(arguments, "sku");
  Listing* listing = book.FindListing(sku);
  if (!listing) throw InputError("no listing " + sku);
  book.DeleteListing(*listing, now);
  return {{"sku", sku}, {"deleted", true}};
}

}  // namespace amazon_sim
