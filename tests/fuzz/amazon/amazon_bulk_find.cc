// Was a document handed over? Whatever Amazon answers: yes with a handle nobody knew, no, or a time to ask again.
#include "intents.h"

QUAYSIDE_FUZZ_TARGET(amazon_bulk_find) {
  Conversation amazon(input);
  pb::FindBulkRequest request;
  request.set_sent_from_us(amazon.host().now() - 30 * kMinuteUs);
  request.set_sent_to_us(amazon.host().now() - 29 * kMinuteUs);
  request.add_known_handles("111");
  AddIntents(*request.mutable_intents());
  const auto reply = amazon.Call<pb::FindBulkReply>("inventory_push/1", "find_bulk", request);
  if (!reply.ok()) return;
  switch (reply.value().answer()) {
    case pb::FindBulkReply::ANSWER_FOUND:
      Require(!reply.value().handle().empty() && reply.value().handle() != "111", "what is found was not known");
      break;
    case pb::FindBulkReply::ANSWER_UNDECIDED:
      Require(reply.value().ask_again_us() > amazon.host().now(), "who does not know asks again later");
      break;
    case pb::FindBulkReply::ANSWER_ABSENT:
      break;
    default:
      Require(false, "there is an answer");
  }
}
