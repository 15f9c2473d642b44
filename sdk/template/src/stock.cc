#include "stock.h"

#include "outcomes.h"

namespace example_shop {

sdk::Result<pb::PushReply> PushQuantities(const pb::PushRequest& request, sdk::Step& step) {
  pb::PushReply reply;
  for (const pb::QuantityIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (intent.fulfilment() != pb::FULFILMENT_CHANNEL_MERCHANT) {
      Reject("NOT_MERCHANT_FULFILLED", "the merchant does not ship this listing", outcome);
    } else if (intent.sku().empty() || intent.quantity() < 0) {
      Reject("INTENT_INVALID", "a quantity needs an SKU and is never negative", outcome);
    } else {
      Settle(Post("/stock", "stock", {{"sku", intent.sku()}, {"quantity", intent.quantity()}}, step), intent.sku(),
             outcome);
    }
  }
  return reply;
}

}  // namespace example_shop
