// The orders of a span by a report of them: from the search for one to its last line.
#include <set>
#include <string>

#include "conversation.h"
#include "quayside/plugin/v1/order_sync.pb.h"

QUAYSIDE_FUZZ_TARGET(amazon_enumerate) {
  constexpr int kSteps = 12;
  constexpr int64_t kHour = 60 * kMinuteUs;
  Conversation amazon(input);
  pb::EnumerateOrdersRequest request;
  request.set_changed_to_us(amazon.host().now() - kHour);
  request.set_changed_from_us(request.changed_to_us() - kHour);
  for (int step = 0; step < kSteps; ++step) {
    const auto reply = amazon.Call<pb::EnumerateOrdersReply>("order_sync/1", "enumerate", request);
    if (!reply.ok()) return;
    std::set<std::string> ids;
    for (const pb::EnumeratedOrder& order : reply.value().orders()) {
      Require(!order.external_id().empty(), "an order has an id");
      Require(ids.insert(order.external_id()).second, "an order is told of once in an answer");
    }
    for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
    Require(!reply.value().progress().empty(), "an operator is told how far it is");
    const pb::Cursor& next = reply.value().next_cursor();
    Require(!next.state().empty() && next.state().size() <= 64 << 10, "a step has a position, of at most 64 KiB");
    if (!reply.value().has_more()) {
      Require(amazon.host().documents().empty(), "what was fetched is released");
      return;
    }
    *request.mutable_cursor() = next;
    if (reply.value().next_poll_us() > 0) {
      Require(reply.value().next_poll_us() > amazon.host().now(), "what is waited for is still to come");
      Require(reply.value().next_poll_us() <= amazon.host().now() + 24 * kHour, "and within a day");
      amazon.host().SetNow(reply.value().next_poll_us());
    }
    amazon.host().SetDeadline(amazon.host().now() + kMinuteUs);
  }
}
