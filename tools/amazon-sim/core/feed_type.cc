#include "core/feed_type.h"

#include <algorithm>

namespace amazon_sim {

std::span<const FeedType> AllFeedTypes() {
  static const std::vector<FeedType> kTypes{
      kJsonListings,
      kOrderFulfillment,
      kOrderAcknowledgement,
      kPaymentAdjustment,
      // Removed by Amazon on 2025-07-31.
      {"POST_FLAT_FILE_INVLOADER_DATA", nullptr},
      {"POST_FLAT_FILE_LISTINGS_DATA", nullptr},
      {"POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA", nullptr},
      {"POST_INVENTORY_AVAILABILITY_DATA", nullptr},
      {"POST_PRODUCT_DATA", nullptr},
      {"POST_PRODUCT_IMAGE_DATA", nullptr},
      {"POST_PRODUCT_PRICING_DATA", nullptr},
      {"POST_PRODUCT_RELATIONSHIP_DATA", nullptr},
  };
  return kTypes;
}

const FeedType* FindFeedType(std::string_view name) {
  const auto types = AllFeedTypes();
  const auto found = std::find_if(types.begin(), types.end(), [&](const FeedType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace amazon_sim
