// Orders to a warehouse, through both versions of the API: quotes, submissions, cancellations, states and findings. The
// first byte chooses the method, the second the version.
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "writes.h"

namespace quayside::fuzz::outbound {

constexpr char kContract[] = "fulfilment/1";

pb::OutboundOrder Order() {
  pb::OutboundOrder order;
  order.set_outbound_id("Q-1");
  order.set_marketplace(kMarketplace);
  order.set_display_id("1001");
  order.set_display_us(1'790'000'000'000'000);
  order.set_comment("Thank you");
  order.set_speed(pb::SHIPPING_SPEED_STANDARD);
  pb::Address* to = order.mutable_ship_to();
  to->set_name("N. Obody");
  to->add_lines("1 Nowhere");
  to->set_city("Sampleton");
  to->set_postal_code("ZZ1 1ZZ");
  to->set_country_code("GB");
  pb::OutboundLine* line = order.add_lines();
  line->set_line_id("L1");
  line->set_sku("A");
  line->set_quantity(2);
  return order;
}

void CheckState(const pb::OutboundState& state) {
  Require(!state.outbound_id().empty(), "a state is of an order");
  Require(state.status() != pb::OUTBOUND_STATUS_UNSPECIFIED, "an order is in some state");
  for (const pb::OutboundShipment& shipment : state.shipments()) {
    for (const pb::OutboundPackage& package : shipment.packages()) {
      for (const pb::OutboundPackageLine& line : package.lines()) {
        Require(line.quantity() >= 0, "a package has no less than nothing of a line");
      }
    }
  }
  for (const pb::OutboundShortLine& line : state.short_lines()) {
    Require(line.cancelled() >= 0 && line.unfulfillable() >= 0, "no less than nothing is missing");
  }
}

void Quote(Conversation& amazon) {
  pb::QuoteOutboundRequest request;
  *request.mutable_order() = Order();
  const auto reply = amazon.Call<pb::QuoteOutboundReply>(kContract, "quote", request);
  if (!reply.ok()) return;
  for (const pb::OutboundQuote& quote : reply.value().quotes()) {
    for (const pb::OutboundFee& fee : quote.fees()) CheckMoney(fee.amount());
  }
}

void Submit(Conversation& amazon) {
  pb::SubmitOutboundRequest request;
  pb::OutboundIntent* intent = request.add_intents();
  intent->set_intent_id("i1");
  *intent->mutable_order() = Order();
  const auto reply = amazon.Call<pb::SubmitOutboundReply>(kContract, "submit", request);
  if (reply.ok()) Require(CheckOutcomes(reply.value(), {"i1"}).size() == 1, "a submission has an outcome");
}

void Cancel(Conversation& amazon) {
  pb::CancelOutboundRequest request;
  request.add_intents()->set_intent_id("i1");
  request.mutable_intents(0)->set_outbound_id("Q-1");
  const auto reply = amazon.Call<pb::CancelOutboundReply>(kContract, "cancel", request);
  if (reply.ok()) Require(CheckOutcomes(reply.value(), {"i1"}).size() == 1, "a cancellation has an outcome");
}

void Updates(Conversation& amazon) {
  pb::PullOutboundUpdatesRequest request;
  request.set_changed_from_us(amazon.host().now() - 60 * kMinuteUs);
  const auto reply = amazon.Call<pb::PullOutboundUpdatesReply>(kContract, "pull_updates", request);
  if (!reply.ok()) return;
  for (const pb::OutboundState& state : reply.value().states()) CheckState(state);
  for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
}

void Reconcile(Conversation& amazon) {
  pb::ReconcileOutboundRequest request;
  request.add_outbound_ids("Q-1");
  request.set_sent_until_us(amazon.host().now() - 60 * kMinuteUs);
  const auto reply = amazon.Call<pb::ReconcileOutboundReply>(kContract, "reconcile", request);
  if (!reply.ok()) return;
  for (const pb::OutboundState& state : reply.value().states()) {
    CheckState(state);
    Require(state.outbound_id() == "Q-1", "nobody asked for another order");
  }
  for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
  Require(reply.value().states_size() + reply.value().not_found_size() <= 1, "an order is found or not");
}

}  // namespace quayside::fuzz::outbound

QUAYSIDE_FUZZ_TARGET(amazon_outbound) {
  const Choice method = ChooseMethod(input, 5);
  const Choice version = ChooseMethod(method.rest, 2);
  Conversation amazon(version.rest, {{"outbound_api", version.method == 0 ? "2020-07-01" : "2026-07-04"}});
  constexpr void (*kMethods[])(Conversation&) = {outbound::Quote, outbound::Submit, outbound::Cancel, outbound::Updates,
                                                 outbound::Reconcile};
  kMethods[method.method](amazon);
}
