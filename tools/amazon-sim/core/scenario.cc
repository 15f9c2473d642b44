#include "core/scenario.h"

#include <array>
#include <cstdio>

#include "core/commands.h"
#include "core/json_fields.h"
#include "core/listing_commands.h"
#include "core/listing_title.h"
#include "core/traffic.h"
#include "core/warehouse_commands.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

// Calls use(object) for every element of a list, and says which element an error came from.
template <typename Use>
void ForEachObject(const json::object& scenario, std::string_view name, Use use) {
  const json::array* list = ArrayField(scenario, name);
  if (!list) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    try {
      use(AsObject((*list)[i], "an element"));
    } catch (const InputError& error) {
      throw InputError(std::string(name) + "[" + std::to_string(i) + "]: " + error.what());
    }
  }
}

std::string NumberedSku(const std::string& prefix, std::int64_t number) {
  std::array<char, 24> digits;
  const int size = std::snprintf(digits.data(), digits.size(), "%05lld", static_cast<long long>(number));
  return prefix + std::string(digits.data(), static_cast<std::size_t>(size));
}

// What a generated FBA listing has in each pool, from {pool: [min, max]}.
void GenerateFbaStock(World& world, const Account& account, const Listing& listing, const json::object& pools, Rng& rng,
                      Micros now) {
  json::object stock;
  for (const auto& [pool, value] : pools) {
    const json::array* range = ArrayField(pools, pool);
    if (!range || range->size() != 2) throw InputError("fba_stock must be {pool: [min, max]}");
    stock[pool] = rng.Between((*range)[0].to_number<std::int64_t>(), (*range)[1].to_number<std::int64_t>());
  }
  PutFbaStock(world, account, listing, stock, FbaCause::kSetup, now);
}

// {count, prefix?, first?, quantity?: [min, max], fba_share?, price?: [min, max], product_type?, odd_titles?,
// in_ledger?, fba_stock?: {pool: [min, max]}}
void GenerateListings(World& world, const json::object& fields, const std::string& seller, Micros now) {
  RefuseUnknown(fields,
                {"count", "prefix", "first", "quantity", "fba_share", "price", "product_type", "odd_titles",
                 "in_ledger", "fba_stock", "seller"},
                "generate");
  const Account& account = world.AccountOf(seller);
  SellerBook& book = *account.book;
  Rng rng(world.seed(), "listings" + seller);
  Rng shelves(world.seed(), "shelves" + seller);
  const json::object* fba_stock = ObjectField(fields, "fba_stock");
  const auto range = [&](std::string_view name, std::int64_t low, std::int64_t high) {
    if (const json::array* pair = ArrayField(fields, name); pair && pair->size() == 2) {
      low = (*pair)[0].to_number<std::int64_t>();
      high = (*pair)[1].to_number<std::int64_t>();
    }
    return std::pair(low, high);
  };
  const auto [least, most] = range("quantity", 0, 100);
  const auto [cheapest, dearest] = range("price", 5, 90);
  const double fba_share = NumberField(fields, "fba_share", 0);
  const double odd_titles = NumberField(fields, "odd_titles", 0);
  const std::string prefix = TextField(fields, "prefix", "SKU-");
  const std::string_view product_type = book.KeepWord(TextField(fields, "product_type", "PRODUCT"));
  const auto noted = BoolField(fields, "in_ledger", true) ? SellerBook::Noted::kYes : SellerBook::Noted::kNo;
  const std::int64_t first = IntField(fields, "first", 1);
  const std::int64_t count = IntField(fields, "count");
  MarketplaceSet offered_in;
  for (const Marketplace* marketplace : account.marketplaces) offered_in.Add(marketplace);
  for (std::int64_t i = first; i < first + count; ++i) {
    Listing listing;
    listing.sku = book.KeepText(NumberedSku(prefix, i));
    listing.asin = book.KeepText(MakeAsin(rng));
    listing.title_seed = DrawTitle(rng, static_cast<std::uint32_t>(i), odd_titles);
    listing.product_type = product_type;
    listing.price = static_cast<double>(rng.Between(cheapest, dearest)) + 0.99;
    listing.offered_in = offered_in;
    listing.fba = rng.Chance(fba_share);
    const std::int64_t quantity = rng.Between(least, most);
    if (!listing.fba) listing.quantity = quantity;
    if (rng.Chance(0.3)) listing.lead_time_days = static_cast<std::int16_t>(rng.Between(1, 5));
    listing.created = now - rng.Between(10, 300) * kDay - rng.Between(0, 86'399'999) * kMillisecond;
    const Listing* added = book.AddListing(std::move(listing), now - 10 * kDay, noted);
    if (added && added->fba && fba_stock)
      GenerateFbaStock(world, account, *added, *fba_stock, shelves, now - 10 * kDay);
  }
}

// A list of listings and of {"generate": {...}}, or what would stand inside one generate.
void FillListings(World& world, const json::object& scenario, Micros now) {
  const json::value* listings = scenario.if_contains("listings");
  if (listings && listings->is_object()) {
    GenerateListings(world, listings->get_object(), TextField(listings->get_object(), "seller"), now);
    return;
  }
  ForEachObject(scenario, "listings", [&](const json::object& each) {
    if (const json::object* generate = ObjectField(each, "generate")) {
      GenerateListings(world, *generate, TextField(each, "seller"), now);
    } else {
      RunCommand(world, "set-listing", each, now, "scenario");
    }
  });
}

}  // namespace

void FillWorld(World& world, const boost::json::object& scenario, Micros now) {
  if (const json::object* settings = ObjectField(scenario, "settings")) {
    RunCommand(world, "settings", *settings, now);
  }
  ForEachObject(scenario, "accounts", [&](const json::object& each) { RunCommand(world, "account", each, now); });
  FillListings(world, scenario, now);
  ForEachObject(scenario, "orders", [&](const json::object& each) {
    if (const json::object* generate = ObjectField(each, "generate")) {
      MakePastOrders(world, *generate, now);
      return;
    }
    const auto at = now + static_cast<Micros>(NumberField(each, "at_s", 0) * kSecond);
    const json::object result = RunCommand(world, "place-orders", each, at, "scenario");
    if (!result.at("refused").get_array().empty()) {
      throw InputError("refused: " + json::serialize(result.at("refused")));
    }
  });
  ForEachObject(scenario, "other_programs",
                [&](const json::object& each) { RunCommand(world, "other-program", each, now); });
  ForEachObject(scenario, "faults", [&](const json::object& each) { RunCommand(world, "add-fault", each, now); });
  ForEachObject(scenario, "commands", [&](const json::object& each) {
    const std::string name = TextField(each, "command");
    world.Schedule(now + static_cast<Micros>(NumberField(each, "at") * kSecond),
                   [name, arguments = each](World& later, Micros due) {
                     // A command that has become impossible (the order is gone) is passed over.
                     try {
                       RunCommand(later, name, arguments, due);
                     } catch (const InputError&) {
                     }
                   });
  });
  ForEachObject(scenario, "flows", [&](const json::object& each) { StartFlow(world, each, now); });
}

}  // namespace amazon_sim
