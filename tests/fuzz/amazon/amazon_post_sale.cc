// Cancellations and refunds: handed over in a feed, asked about, and looked for. The first byte chooses the method.
#include "quayside/plugin/v1/post_sale.pb.h"
#include "writes.h"

namespace quayside::fuzz::post_sale {

constexpr char kContract[] = "post_sale/1";

template <typename Repeated>
void AddCancels(Repeated& intents) {
  for (const char* id : {"i1", "i2"}) {
    pb::CancelIntent* intent = intents.Add();
    intent->set_intent_id(id);
    intent->set_order_external_id("026-0000001-0000001");
    intent->set_marketplace(kMarketplace);
    intent->set_reason(pb::CANCEL_REASON_NO_INVENTORY);
    intent->set_whole_order(true);
  }
}

template <typename Repeated>
void AddRefunds(Repeated& intents) {
  for (const char* id : {"i1", "i2"}) {
    pb::RefundIntent* intent = intents.Add();
    intent->set_intent_id(id);
    intent->set_order_external_id("026-0000001-0000001");
    intent->set_marketplace(kMarketplace);
    intent->set_reason(pb::REFUND_REASON_CUSTOMER_RETURN);
    pb::RefundLine* line = intent->add_lines();
    line->set_external_line_id("11");
    line->set_quantity(1);
    pb::RefundAmount* amount = line->add_amounts();
    amount->set_component(pb::REFUND_COMPONENT_ITEM);
    amount->mutable_amount()->set_currency_code("GBP");
    amount->mutable_amount()->set_units(5);
  }
}

void Cancel(Conversation& amazon) {
  pb::CancelOrdersRequest request;
  AddCancels(*request.mutable_intents());
  const auto reply = amazon.Call<pb::CancelOrdersReply>(kContract, "cancel", request);
  if (reply.ok()) CheckOutcomes(reply.value(), {"i1", "i2"});
}

void Refund(Conversation& amazon) {
  pb::RefundOrdersRequest request;
  AddRefunds(*request.mutable_intents());
  const auto reply = amazon.Call<pb::RefundOrdersReply>(kContract, "refund", request);
  if (reply.ok()) CheckOutcomes(reply.value(), {"i1", "i2"});
}

void Poll(Conversation& amazon) {
  pb::PollPostSaleRequest request;
  pb::AcceptedPostSale* accepted = request.add_accepted();
  accepted->set_handle("222");
  accepted->set_sent_us(amazon.host().now() - 20 * kMinuteUs);
  AddRefunds(*accepted->mutable_refunds());
  const auto reply = amazon.Call<pb::PollPostSaleReply>(kContract, "poll", request);
  if (reply.ok()) CheckPolled(reply.value(), {"i1", "i2"}, amazon.host().now());
}

void Find(Conversation& amazon) {
  pb::FindPostSaleRequest request;
  AddCancels(*request.mutable_sent()->mutable_cancels());
  request.set_sent_from_us(amazon.host().now() - 60 * kMinuteUs);
  request.set_sent_to_us(amazon.host().now() - 30 * kMinuteUs);
  request.add_known_handles("111");
  const auto reply = amazon.Call<pb::FindPostSaleReply>(kContract, "find", request);
  if (!reply.ok()) return;
  Require(reply.value().answer() != pb::FindPostSaleReply::ANSWER_UNSPECIFIED, "a search has an answer");
  Require((reply.value().answer() == pb::FindPostSaleReply::ANSWER_FOUND) == !reply.value().handle().empty(),
          "what is found has a handle");
  Require(reply.value().handle() != "111", "what is known is not found again");
}

}  // namespace quayside::fuzz::post_sale

QUAYSIDE_FUZZ_TARGET(amazon_post_sale) {
  const Choice choice = ChooseMethod(input, 4);
  Conversation amazon(choice.rest);
  constexpr void (*kMethods[])(Conversation&) = {post_sale::Cancel, post_sale::Refund, post_sale::Poll,
                                                 post_sale::Find};
  kMethods[choice.method](amazon);
}
