// Single orders: every answer is an order, a bad record, or not found, and each id is at most one of them.
#include "conversation.h"
#include "order_checks.h"

QUAYSIDE_FUZZ_TARGET(amazon_get_orders) {
  Conversation amazon(input);
  pb::GetOrdersRequest request;
  request.add_external_ids("026-0000001-0000001");
  request.add_external_ids("026-0000002-0000002");
  const auto reply = amazon.Call<pb::GetOrdersReply>("order_sync/1", "get", request);
  if (!reply.ok()) return;
  for (const pb::Order& order : reply.value().orders()) CheckOrder(order);
  for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
  const int answered = reply.value().orders_size() + reply.value().bad_records_size() + reply.value().not_found_size();
  Require(answered <= request.external_ids_size(), "an id is answered once");
}
