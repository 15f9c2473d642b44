#include "core/fba_stock_json.h"

#include <boost/json.hpp>

#include "core/rng.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

// Amazon's own label of the units, like X0012ABCDE. It belongs to the SKU.
std::string FnSku(const Listing& listing) {
  static constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  Rng letters(Fnv1a(listing.sku));
  std::string label = "X00";
  for (int i = 0; i < 7; ++i) label += kLetters[letters.Below(kLetters.size())];
  return label;
}

json::object DetailsJson(const FbaUnits& units) {
  return {{"fulfillableQuantity", units.fulfillable},
          {"inboundWorkingQuantity", units.inbound_working},
          {"inboundShippedQuantity", units.inbound_shipped},
          {"inboundReceivingQuantity", units.inbound_receiving},
          {"reservedQuantity",
           {{"totalReservedQuantity", units.Reserved()},
            {"pendingCustomerOrderQuantity", units.reserved_orders},
            {"pendingTransshipmentQuantity", units.reserved_transfer},
            {"fcProcessingQuantity", units.reserved_processing}}},
          {"researchingQuantity",
           {{"totalResearchingQuantity", units.researching},
            {"researchingQuantityBreakdown",
             {{{"name", "researchingQuantityInShortTerm"}, {"quantity", units.researching}},
              {{"name", "researchingQuantityInMidTerm"}, {"quantity", 0}},
              {{"name", "researchingQuantityInLongTerm"}, {"quantity", 0}}}}}},
          {"unfulfillableQuantity",
           {{"totalUnfulfillableQuantity", units.unfulfillable},
            {"customerDamagedQuantity", units.unfulfillable},
            {"warehouseDamagedQuantity", 0},
            {"distributorDamagedQuantity", 0},
            {"carrierDamagedQuantity", 0},
            {"defectiveQuantity", 0},
            {"expiredQuantity", 0}}}};
}

}  // namespace

boost::json::object InventorySummaryJson(const FbaStock& stock, bool details) {
  json::object shown{{"asin", stock.listing->asin},
                     {"fnSku", FnSku(*stock.listing)},
                     {"sellerSku", stock.listing->sku},
                     {"condition", "NewItem"},
                     {"lastUpdatedTime", Iso8601(stock.updated)},
                     {"productName", stock.listing->Title()},
                     {"totalQuantity", stock.units.Total()},
                     {"stores", json::array{}}};
  if (details) shown["inventoryDetails"] = DetailsJson(stock.units);
  return shown;
}

boost::json::object TrueFbaStockJson(const SellerBook& book, const FbaStock& stock) {
  return {{"seller", book.seller_id()},
          {"pool", stock.pool},
          {"sku", stock.listing->sku},
          {"fulfillable", stock.units.fulfillable},
          {"inbound_working", stock.units.inbound_working},
          {"inbound_shipped", stock.units.inbound_shipped},
          {"inbound_receiving", stock.units.inbound_receiving},
          {"reserved_orders", stock.units.reserved_orders},
          {"reserved_transfer", stock.units.reserved_transfer},
          {"reserved_processing", stock.units.reserved_processing},
          {"unfulfillable", stock.units.unfulfillable},
          {"researching", stock.units.researching},
          {"listed", !stock.unlisted},
          {"updated", Iso8601(stock.updated)}};
}

boost::json::object FbaChangeJson(const FbaChange& change, std::int64_t number) {
  return {{"number", number},         {"time", Iso8601(change.time)},
          {"time_us", change.time},   {"seller", *change.seller_id},
          {"pool", change.pool},      {"sku", change.listing->sku},
          {"old", change.before},     {"new", change.after},
          {"by", Name(change.cause)}, {"reference", change.reference}};
}

}  // namespace amazon_sim
