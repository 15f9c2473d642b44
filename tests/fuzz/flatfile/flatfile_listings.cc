// A file of listings with any content.
#include "lane_files.h"
#include "listings.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

QUAYSIDE_FUZZ_TARGET(flatfile_listings) {
  namespace pb = quayside::plugin::v1;
  const auto pull = [](const flatfile::Settings& settings, pb::PullListingsRequest request, sdk::Step& step) {
    request.set_marketplace(flatfile::kMarketplace);
    return flatfile::PullListings(settings, request, step);
  };
  CheckLane<pb::PullListingsRequest>(input, "listings", pull, [](const pb::PullListingsReply& reply) {
    for (const pb::Listing& listing : reply.listings()) {
      Require(!listing.sku().empty(), "a listing has a SKU");
      Require(!listing.has_quantity() || listing.quantity() >= 0, "a quantity is not negative");
      Require(listing.latency_days() >= 0 && listing.latency_days() <= 30, "a handling time is in its range");
      Require(listing.title().empty() == listing.title_unknown(), "a listing without a title says so");
    }
    return reply.listings();
  });
}
