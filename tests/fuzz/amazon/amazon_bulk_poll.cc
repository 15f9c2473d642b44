// What became of a document: the feed's state, then its processing report. Each intent has one outcome, or the document
// is asked for again.
#include "intents.h"

QUAYSIDE_FUZZ_TARGET(amazon_bulk_poll) {
  Conversation amazon(input);
  pb::PollRequest request;
  pb::AcceptedIntents* accepted = request.add_accepted();
  accepted->set_handle("222");
  accepted->set_sent_us(amazon.host().now() - 20 * kMinuteUs);
  AddIntents(*accepted->mutable_intents());
  const auto reply = amazon.Call<pb::PollReply>("inventory_push/1", "poll", request);
  if (reply.ok()) CheckPolled(reply.value(), IntentIds(), amazon.host().now());
}
