#include "core/listing_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/call.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

// Calls visit(offer) for the listing's offers in the marketplaces asked for.
template <typename Visit>
void ForEachOffer(const Listing& listing, const std::vector<const Marketplace*>& marketplaces, Visit visit) {
  for (const Marketplace* marketplace : marketplaces) {
    if (const auto offer = listing.FindOffer(marketplace)) visit(*offer);
  }
}

json::object SummaryJson(const Listing& listing, const Offer& offer) {
  json::array status;
  if (IsBuyable(listing, offer)) status.emplace_back("BUYABLE");
  if (IsDiscoverable(offer)) status.emplace_back("DISCOVERABLE");
  json::object summary{{"marketplaceId", offer.marketplace->id},
                       {"asin", listing.asin},
                       {"productType", listing.product_type},
                       {"conditionType", "new_new"},
                       {"status", std::move(status)},
                       {"itemName", listing.Title()},
                       {"createdDate", Iso8601(listing.created)},
                       {"lastUpdatedDate", Iso8601(listing.updated)}};
  if (listing.fba)
    summary["fnSku"] = "X0" + std::string(listing.asin.substr(std::min<std::size_t>(2, listing.asin.size())));
  return summary;
}

json::array AvailabilityJson(const Listing& listing) {
  json::array channels;
  if (listing.quantity) channels.push_back({{"fulfillmentChannelCode", "DEFAULT"}, {"quantity", *listing.quantity}});
  if (listing.fba) {
    channels.push_back(json::object{{"fulfillmentChannelCode", listing.FbaChannel()}});
  }
  return channels;
}

json::object AttributesJson(const Listing& listing) {
  json::array availability;
  if (listing.quantity || listing.lead_time_days || !listing.RestockDate().empty()) {
    json::object merchant{{"fulfillment_channel_code", "DEFAULT"}};
    if (listing.quantity) merchant["quantity"] = *listing.quantity;
    if (listing.lead_time_days) merchant["lead_time_to_ship_max_days"] = *listing.lead_time_days;
    if (!listing.RestockDate().empty()) merchant["restock_date"] = listing.RestockDate();
    availability.push_back(std::move(merchant));
  }
  if (listing.fba) {
    availability.push_back(json::object{{"fulfillment_channel_code", listing.FbaChannel()}});
  }
  json::object attributes{{"item_name", json::array{json::object{{"value", listing.Title()}}}},
                          {"fulfillment_availability", std::move(availability)}};
  for (const auto& [name, text] : listing.OtherAttributes()) attributes[name] = json::parse(text);
  return attributes;
}

}  // namespace

bool IsBuyable(const Listing& listing, const Offer& offer) { return !offer.suppressed && listing.InStock(); }
bool IsDiscoverable(const Offer& offer) { return !offer.suppressed; }

boost::json::object ListingJson(const Listing& listing, const std::vector<const Marketplace*>& marketplaces,
                                const std::vector<std::string>& included_data) {
  json::object item{{"sku", listing.sku}};
  for (const std::string& block : included_data) {
    if (block == "summaries") {
      json::array& summaries = item["summaries"].emplace_array();
      ForEachOffer(listing, marketplaces,
                   [&](const Offer& offer) { summaries.push_back(SummaryJson(listing, offer)); });
    } else if (block == "attributes") {
      item["attributes"] = AttributesJson(listing);
    } else if (block == "issues") {
      item["issues"].emplace_array();
    } else if (block == "offers") {
      json::array& offers = item["offers"].emplace_array();
      ForEachOffer(listing, marketplaces, [&](const Offer& offer) {
        offers.push_back({{"marketplaceId", offer.marketplace->id},
                          {"offerType", "B2C"},
                          {"price", MoneyJson(offer.price_minor, *offer.marketplace)},
                          {"audience", {{"value", "ALL"}, {"displayName", "Sell on Amazon"}}}});
      });
    } else if (block == "fulfillmentAvailability") {
      item["fulfillmentAvailability"] = AvailabilityJson(listing);
    } else if (block == "productTypes") {
      json::array& types = item["productTypes"].emplace_array();
      ForEachOffer(listing, marketplaces, [&](const Offer& offer) {
        types.push_back({{"marketplaceId", offer.marketplace->id}, {"productType", listing.product_type}});
      });
    } else if (block == "procurement" || block == "relationships") {
      item[block].emplace_array();
    }
  }
  return item;
}

}  // namespace amazon_sim
