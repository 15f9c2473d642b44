#include "listing_decoder.h"

#include "json_fields.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

constexpr std::string_view kAmazonChannelPrefix = "AMAZON";
constexpr std::string_view kDefaultChannel = "DEFAULT";

class ListingReader {
 public:
  ListingReader(std::string_view marketplace, pb::Listing& listing) : marketplace_(marketplace), listing_(listing) {}

  void Read(const json::object& item);
  [[nodiscard]] const std::string& problem() const { return fields_.problem(); }

 private:
  const json::object* OfMarketplace(const json::object& item, const char* key);
  void ReadSummary(const json::object& summary);
  void ReadAvailability(const json::object& item);
  void ReadAttributes(const json::object& attributes);
  void SeeChannel(std::string_view code);

  const std::string_view marketplace_;
  pb::Listing& listing_;
  JsonFields fields_;
};

void ListingReader::Read(const json::object& item) {
  const std::string_view sku = fields_.NeedText(item, "sku");
  listing_.set_sku(sku.data(), sku.size());
  if (const json::object* summary = OfMarketplace(item, "summaries")) ReadSummary(*summary);
  if (const json::object* type = OfMarketplace(item, "productTypes")) {
    listing_.set_product_type(std::string(fields_.GetText(*type, "productType")));
  }
  ReadAvailability(item);
  if (const json::object* attributes = fields_.GetObject(item, "attributes")) ReadAttributes(*attributes);
}

// The element of a list by marketplace that is about ours.
const json::object* ListingReader::OfMarketplace(const json::object& item, const char* key) {
  const json::object* found = nullptr;
  ForEachObject(fields_, fields_.GetArray(item, key), key, [&](const json::object& element) {
    if (found == nullptr && fields_.GetText(element, "marketplaceId") == marketplace_) found = &element;
  });
  return found;
}

void ListingReader::ReadSummary(const json::object& summary) {
  listing_.set_title(std::string(fields_.GetText(summary, "itemName")));
  listing_.set_product_id(std::string(fields_.GetText(summary, "asin")));
  listing_.set_product_type(std::string(fields_.GetText(summary, "productType")));
  listing_.set_updated_us(fields_.GetTime(summary, "lastUpdatedDate"));
  ForEachText(fields_, fields_.GetArray(summary, "status"), "status",
              [&](std::string_view status) { listing_.add_statuses(status.data(), status.size()); });
}

void ListingReader::SeeChannel(std::string_view code) {
  if (code.substr(0, kAmazonChannelPrefix.size()) == kAmazonChannelPrefix) {
    listing_.set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  } else if (code == kDefaultChannel && listing_.fulfilment() == pb::FULFILMENT_CHANNEL_UNSPECIFIED) {
    listing_.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  }
}

void ListingReader::ReadAvailability(const json::object& item) {
  ForEachObject(fields_, fields_.GetArray(item, "fulfillmentAvailability"), "fulfillmentAvailability",
                [&](const json::object& availability) {
                  const std::string_view code = fields_.GetText(availability, "fulfillmentChannelCode");
                  SeeChannel(code);
                  const int32_t quantity = fields_.GetCount(availability, "quantity", -1);
                  if (code == kDefaultChannel && quantity >= 0) listing_.set_quantity(quantity);
                });
}

// The attributes know the handling time, and at times a channel the availability does not show.
void ListingReader::ReadAttributes(const json::object& attributes) {
  ForEachObject(fields_, fields_.GetArray(attributes, "fulfillment_availability"), "fulfillment_availability",
                [&](const json::object& availability) {
                  const std::string_view code = fields_.GetText(availability, "fulfillment_channel_code");
                  SeeChannel(code);
                  if (code != kDefaultChannel) return;
                  const int32_t days = fields_.GetCount(availability, "lead_time_to_ship_max_days", -1);
                  if (days >= 0) listing_.set_latency_days(days);
                });
}

}  // namespace

std::string ReadListing(const json::value& item, std::string_view marketplace, pb::Listing& listing) {
  if (!item.is_object()) return "the item is no object";
  ListingReader reader(marketplace, listing);
  reader.Read(item.get_object());
  return reader.problem();
}

pb::ReadBack ToReadBack(pb::Listing listing) {
  pb::ReadBack result;
  result.set_found(true);
  result.set_sku(std::move(*listing.mutable_sku()));
  result.set_title(std::move(*listing.mutable_title()));
  result.set_product_id(std::move(*listing.mutable_product_id()));
  result.set_product_type(std::move(*listing.mutable_product_type()));
  result.set_fulfilment(listing.fulfilment());
  if (listing.has_quantity()) result.set_quantity(listing.quantity());
  if (listing.has_latency_days()) result.set_latency_days(listing.latency_days());
  return result;
}

}  // namespace quayside::amazon
