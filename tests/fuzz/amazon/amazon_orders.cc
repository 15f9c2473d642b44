// Pages of orders, however Amazon serves them: the lane never goes back, and hands over nothing a host could not take.
#include "conversation.h"
#include "order_checks.h"

QUAYSIDE_FUZZ_TARGET(amazon_orders) {
  constexpr int kSteps = 4;
  Conversation amazon(input);
  pb::PullOrdersRequest request;
  request.set_changed_from_us(amazon.host().now() - 600 * kMinuteUs);
  int64_t watermark_us = 0;
  for (int step = 0; step < kSteps; ++step) {
    const auto reply = amazon.Call<pb::PullOrdersReply>("order_sync/1", "pull", request);
    if (!reply.ok()) return;
    for (const pb::Order& order : reply.value().orders()) CheckOrder(order);
    for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
    const pb::Cursor& next = reply.value().next_cursor();
    Require(!next.state().empty() && next.state().size() <= 64 << 10, "a step has a position, of at most 64 KiB");
    Require(next.watermark_us() >= watermark_us, "the watermark never goes back");
    watermark_us = next.watermark_us();
    *request.mutable_cursor() = next;
    if (!reply.value().has_more()) return;
  }
}
