// Quantities on their way out: whatever Amazon answers, each intent has one outcome.
#include <set>

#include "conversation.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

QUAYSIDE_FUZZ_TARGET(amazon_push) {
  Conversation amazon(input);
  pb::PushRequest request;
  for (const char* sku : {"A", "B/1", "C"}) {
    pb::QuantityIntent* intent = request.add_intents();
    intent->set_intent_id(std::string("intent-") + sku);
    intent->set_sku(sku);
    intent->set_marketplace(kMarketplace);
    intent->set_quantity(7);
    intent->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  }
  const auto reply = amazon.Call<pb::PushReply>("inventory_push/1", "push", request);
  if (!reply.ok()) return;
  std::set<std::string> settled;
  for (const pb::Outcome& outcome : reply.value().outcomes()) {
    Require(outcome.result_case() != pb::Outcome::RESULT_NOT_SET, "an outcome says what it is");
    Require(settled.insert(outcome.intent_id()).second, "an intent has one outcome");
    if (outcome.has_rejected()) Require(!outcome.rejected().reason().empty(), "a rejection has a reason");
  }
  for (const pb::QuantityIntent& intent : request.intents()) {
    Require(settled.contains(intent.intent_id()), "every intent has an outcome");
  }
  Require(settled.size() == 3, "nothing else has an outcome");
}
