// Quantities on their way out in one document: whatever Amazon answers, each intent has one outcome, and the document
// is created once at most.
#include "intents.h"

QUAYSIDE_FUZZ_TARGET(amazon_bulk_push) {
  Conversation amazon(input);
  pb::PushRequest request;
  AddIntents(*request.mutable_intents());
  const auto reply = amazon.Call<pb::PushReply>("inventory_push/1", "push_bulk", request);
  int created = 0;
  for (const pb::HttpRequest& sent : amazon.host().requests()) created += sent.operation() == "createFeed" ? 1 : 0;
  Require(created <= 1, "a document is handed over once at most");
  if (reply.ok()) Require(CheckOutcomes(reply.value()).size() == 3, "every intent has an outcome");
}
