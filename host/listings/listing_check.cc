#include "host/listings/listing_check.h"

#include "host/base/text.h"

namespace quayside {

std::string ProblemOf(const quayside::plugin::v1::Listing& listing) {
  if (listing.sku().empty()) return "the listing has no SKU";
  if (listing.sku().size() > kMaxListingSkuBytes)
    return Concat("the SKU is longer than ", kMaxListingSkuBytes, " bytes");
  return "";
}

}  // namespace quayside
