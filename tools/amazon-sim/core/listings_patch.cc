// patchListingsItem of Listings Items 2021-08-01.
#include "core/call.h"
#include "core/listing_change.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

ListingChange ReadChange(const Request& request) {
  const json::object body = ReadBodyObject(request);
  const json::value* product_type = body.if_contains("productType");
  if (!product_type || !product_type->is_string() || product_type->get_string().empty()) {
    RefuseInput("'productType' is required.");
  }
  const json::value* patches = body.if_contains("patches");
  if (!patches || !patches->is_array() || patches->get_array().empty()) RefuseInput("'patches' needs an element.");
  return ListingChange::FromPatches(patches->get_array());
}

json::array IdentifiersJson(const Listing& listing, const std::vector<const Marketplace*>& marketplaces) {
  json::array identifiers;
  for (const Marketplace* marketplace : marketplaces) {
    identifiers.push_back({{"marketplaceId", marketplace->id}, {"asin", listing.asin}});
  }
  return identifiers;
}

}  // namespace

Response PatchListingsItem(Call& call) {
  const Query& query = call.target.query;
  const auto marketplaces = ReadMarketplaces(call);
  if (marketplaces.empty()) RefuseInput("'marketplaceIds' is required.");
  auto blocks = ReadEnumList(query, "includedData", {"identifiers", "issues"});
  if (blocks.empty()) blocks.emplace_back("issues");
  ReadEnumList(query, "mode", {"VALIDATION_PREVIEW"});
  const bool preview = query.Has("mode");
  const ListingChange change = ReadChange(call.request);

  // A listing refused for its content is HTTP 200 with status INVALID.
  const bool valid = change.issues().empty();
  const std::string& sku = call.target.segments.back();
  const std::string submission_id = MakeUuid(call.rng);
  Listing* listing = call.book.FindListing(sku);
  if (valid && !preview) {
    // Amazon accepts a patch for a SKU it has never heard of, without an issue: an offer that waits for its product.
    if (listing) {
      change.Apply({call.book, call.ledger, QuantityCause::kPatch, submission_id, call.now}, *listing);
    } else {
      call.ledger.CountUnknownSku(QuantityCause::kPatch);
    }
  }

  json::object body{{"sku", sku},
                    {"status", !valid    ? "INVALID"
                               : preview ? "VALID"
                                         : "ACCEPTED"},
                    {"submissionId", submission_id}};
  for (const std::string& block : blocks) {
    if (block == "issues") body["issues"] = change.issues();
    if (block == "identifiers" && listing) body["identifiers"] = IdentifiersJson(*listing, marketplaces);
  }
  return JsonAnswer(200, body);
}

}  // namespace amazon_sim
