// A complete pass over the listings and the changes behind it, by search or by report.
#include "conversation.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

QUAYSIDE_FUZZ_TARGET(amazon_listings) {
  constexpr int kSteps = 8;
  Conversation amazon(input);
  pb::PullListingsRequest request;
  request.set_marketplace(kMarketplace);
  int64_t watermark_us = 0;
  for (int step = 0; step < kSteps; ++step) {
    const auto reply = amazon.Call<pb::PullListingsReply>("listing_sync/1", "pull", request);
    if (!reply.ok()) return;
    for (const pb::Listing& listing : reply.value().listings()) {
      Require(!listing.sku().empty(), "a listing has a SKU");
      Require(!listing.has_quantity() || listing.quantity() >= 0, "a quantity is not negative");
    }
    for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
    Require(!reply.value().pass_complete() || !reply.value().pass_id().empty(), "only a pass can be complete");
    Require(!reply.value().pass_inconclusive() || !reply.value().pass_id().empty(), "only a pass can prove nothing");
    Require(!reply.value().pass_inconclusive() || !reply.value().pass_complete(), "a pass ends in one way");
    const pb::Cursor& next = reply.value().next_cursor();
    Require(!next.state().empty() && next.state().size() <= 64 << 10, "a step has a position, of at most 64 KiB");
    Require(next.watermark_us() >= watermark_us, "the watermark never goes back");
    watermark_us = next.watermark_us();
    *request.mutable_cursor() = next;
    // A lane comes back later when there is no more for now.
    if (!reply.value().has_more()) amazon.host().SetNow(amazon.host().now() + 20 * kMinuteUs);
    amazon.host().SetDeadline(amazon.host().now() + kMinuteUs);
  }
}
