// A few quantities on their way out, and what is promised of the outcomes of any.
#pragma once

#include <set>
#include <string>

#include "conversation.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside::fuzz {

template <typename Repeated>
void AddIntents(Repeated& intents) {
  for (const char* sku : {"A", "B/1", "C"}) {
    pb::QuantityIntent* intent = intents.Add();
    intent->set_intent_id(std::string("intent-") + sku);
    intent->set_sku(sku);
    intent->set_marketplace(kMarketplace);
    intent->set_quantity(7);
    intent->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  }
}

// The intents that have an outcome.
template <typename Reply>
std::set<std::string> CheckOutcomes(const Reply& reply) {
  std::set<std::string> settled;
  for (const pb::Outcome& outcome : reply.outcomes()) {
    Require(outcome.result_case() != pb::Outcome::RESULT_NOT_SET, "an outcome says what it is");
    Require(outcome.intent_id().starts_with("intent-"), "an outcome is of an intent");
    Require(settled.insert(outcome.intent_id()).second, "an intent has one outcome");
    if (outcome.has_rejected()) Require(!outcome.rejected().reason().empty(), "a rejection has a reason");
    if (outcome.has_accepted()) Require(!outcome.accepted().handle().empty(), "what is accepted has a handle");
  }
  Require(settled.size() <= 3, "nothing else has an outcome");
  return settled;
}

}  // namespace quayside::fuzz
