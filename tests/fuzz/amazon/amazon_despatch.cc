// Packages: confirmed one by one or in a feed, asked about, and looked for. The first byte chooses the method.
#include "quayside/plugin/v1/despatch.pb.h"
#include "writes.h"

namespace quayside::fuzz::despatch {

constexpr char kContract[] = "despatch/1";

template <typename Repeated>
void AddPackages(Repeated& intents, bool tracked) {
  int64_t number = 0;
  for (const char* id : {"i1", "i2"}) {
    pb::DespatchIntent* intent = intents.Add();
    intent->set_intent_id(id);
    intent->set_order_external_id("026-0000001-0000001");
    intent->set_marketplace(kMarketplace);
    intent->set_package_number(++number);
    intent->set_carrier_name("Royal Mail");
    intent->set_carrier_code("Royal Mail");
    intent->set_service_name("24");
    if (tracked) intent->set_tracking_number("TR" + std::string(id));
    intent->set_shipped_us(1'790'000'000'000'000);
    pb::PackageLine* line = intent->add_lines();
    line->set_external_line_id("11");
    line->set_quantity(1);
    for (const int64_t own : {1, 2}) intent->add_own_package_numbers(own);
  }
}

void Confirm(Conversation& amazon, bool tracked) {
  pb::ConfirmDespatchRequest request;
  AddPackages(*request.mutable_intents(), tracked);
  const auto reply = amazon.Call<pb::ConfirmDespatchReply>(kContract, "confirm", request);
  if (reply.ok()) CheckOutcomes(reply.value(), {"i1", "i2"});
}

void Poll(Conversation& amazon) {
  pb::PollDespatchRequest request;
  pb::AcceptedDespatch* accepted = request.add_accepted();
  accepted->set_handle("222");
  accepted->set_sent_us(amazon.host().now() - 20 * kMinuteUs);
  AddPackages(*accepted->mutable_intents(), false);
  const auto reply = amazon.Call<pb::PollDespatchReply>(kContract, "poll", request);
  if (reply.ok()) CheckPolled(reply.value(), {"i1", "i2"}, amazon.host().now());
}

void Reconcile(Conversation& amazon) {
  pb::ReconcileDespatchRequest request;
  AddPackages(*request.mutable_intents(), true);
  request.set_sent_from_us(amazon.host().now() - 60 * kMinuteUs);
  request.set_sent_until_us(amazon.host().now() - 30 * kMinuteUs);
  const auto reply = amazon.Call<pb::ReconcileDespatchReply>(kContract, "reconcile", request);
  if (!reply.ok()) return;
  std::set<std::string> found;
  for (const pb::DespatchFinding& finding : reply.value().findings()) {
    Require(finding.state() != pb::DespatchFinding::STATE_UNSPECIFIED, "a finding says what it is");
    Require(finding.intent_id() == "i1" || finding.intent_id() == "i2", "a finding is of an intent");
    Require(found.insert(finding.intent_id()).second, "an intent has one finding");
  }
}

}  // namespace quayside::fuzz::despatch

QUAYSIDE_FUZZ_TARGET(amazon_despatch) {
  const Choice choice = ChooseMethod(input, 4);
  Conversation amazon(choice.rest);
  if (choice.method < 2) return despatch::Confirm(amazon, choice.method == 0);
  if (choice.method == 2) return despatch::Poll(amazon);
  despatch::Reconcile(amazon);
}
