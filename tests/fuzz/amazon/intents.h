// A few quantities on their way out, and what is promised of the outcomes of any.
#pragma once

#include <set>
#include <string>

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "writes.h"

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

inline std::set<std::string> IntentIds() { return {"intent-A", "intent-B/1", "intent-C"}; }

// The intents that have an outcome.
template <typename Reply>
std::set<std::string> CheckOutcomes(const Reply& reply) {
  return CheckOutcomes(reply, IntentIds());
}

}  // namespace quayside::fuzz
