// Writing: every intent has its outcome, sending again does nothing twice, and what is not known is said so.
#include <algorithm>
#include <memory>
#include <set>

#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "sdk/conformance/writing.h"

namespace quayside::conformance {
namespace {

namespace gp = google::protobuf;

constexpr int kSeconds = 60;

void Fail(const Trial& trial, const Method& method, const std::string& what) {
  trial.log.Fail(method.Title() + ": " + what);
}

std::unique_ptr<gp::Message> OnlyIntent(const gp::Message& request, int index) {
  std::unique_ptr<gp::Message> only(request.New());
  only->CopyFrom(request);
  const auto* field = only->GetDescriptor()->FindFieldByName("intents");
  const auto* reflection = only->GetReflection();
  reflection->SwapElements(only.get(), field, 0, index);
  while (reflection->FieldSize(*only, field) > 1) reflection->RemoveLast(only.get(), field);
  return only;
}

// What is sent for one of several must not stand for the others.
void EachAlone(Plugin& plugin, const Method& method, const gp::Message& request) {
  const Trial& trial = plugin.trial();
  const std::vector<std::string> ids = IntentIds(request);
  for (size_t i = 0; i < ids.size(); ++i) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    trial.log.At(method.Title() + ", intent '" + ids[i] + "' alone");
    const Written written = Write(instance, method, *OnlyIntent(request, static_cast<int>(i)));
    const auto outcome = written.outcomes.find(ids[i]);
    // The cassette may know the marketplace's answer to all of them only.
    if (!world.unanswered().empty() || outcome == written.outcomes.end()) continue;
    if ((outcome->second.has_done() || outcome->second.has_accepted()) && world.Effects(true).empty())
      Fail(trial, method, "intent '" + ids[i] + "' alone is " + KindOf(outcome->second) + ", and nothing was sent");
  }
}

void Total(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  if (IntentIds(*request).empty()) throw CaseOver("the cassette's request of " + method.Title() + " has no intents");
  const Written written = Write(instance, method, *request);
  if (!written.answer.ok()) Fail(trial, method, "it answers " + written.answer.Text());
  if (!written.problem.empty()) Fail(trial, method, written.problem);
  if (!world.unanswered().empty())
    throw CaseOver("the cassette has no answer to " + *world.unanswered().begin() + ": record it (--cassette)");
  const bool any_sent = std::any_of(written.outcomes.begin(), written.outcomes.end(),
                                    [](const auto& one) { return one.second.has_done() || one.second.has_accepted(); });
  if (!any_sent) Fail(trial, method, "no intent is done or accepted: give one that can be (cassette, requests)");
  if (any_sent && world.Effects(true).empty())
    Fail(trial, method, "an outcome is done and nothing was sent or written");
  EachAlone(plugin, method, *request);
  const std::unique_ptr<gp::Message> none(method.request->New());
  if (const Written empty = Write(instance, method, *none); !empty.answer.ok() || !empty.outcomes.empty())
    Fail(trial, method, "no intents are answered " + empty.answer.Text() + ", not with an empty reply");
}

void Twice(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  std::set<std::string> once;
  for (int round = 0; round < 2; ++round) {
    // Another instance, and later: nothing but the intent tells that it was sent.
    Instance instance(plugin, world);
    const Written written = Write(instance, method, *request);
    if (!written.answer.ok()) throw CaseOver("it answers " + written.answer.Text());
    if (!written.problem.empty()) Fail(trial, method, written.problem);
    const std::set<std::string> effects = world.Effects(!IsAbsolute(method));
    if (round == 1 && effects != once)
      Fail(trial, method,
           "sent again it does something else: " + std::to_string(effects.size()) + " effects instead of " +
               std::to_string(once.size()) + ". The same intent is the same request, or the same file");
    once = effects;
    world.AdvanceTo(world.now_us() + 3'600'000'000);
  }
}

// A document of many, and money: the marketplace takes it again, so the host asks whether it is there before it sends
// one whose fate is unknown.
bool IsFoundFirst(const Method& method) {
  return method.name == std::string("push_bulk") || method.contract == std::string("post_sale/1");
}

// The lines of one file may follow the intents.
std::string WithSortedLines(const std::string& text) {
  std::multiset<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::string sorted;
  for (const std::string& line : lines) sorted += line + "\n";
  return sorted;
}

void AnyOrder(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  const auto* field = request->GetDescriptor()->FindFieldByName("intents");
  std::unique_ptr<gp::Message> reversed(request->New());
  reversed->CopyFrom(*request);
  const int count = reversed->GetReflection()->FieldSize(*reversed, field);
  for (int i = 0; i < count / 2; ++i) reversed->GetReflection()->SwapElements(reversed.get(), field, i, count - 1 - i);
  std::map<std::string, std::string> kinds[2];
  std::set<std::string> effects[2];
  for (int i = 0; i < 2; ++i) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    for (const auto& [id, outcome] : Write(instance, method, i == 0 ? *request : *reversed).outcomes)
      kinds[i][id] = KindOf(outcome);
    for (const std::string& effect : world.Effects(!IsAbsolute(method))) effects[i].insert(WithSortedLines(effect));
  }
  if (kinds[0] != kinds[1]) Fail(trial, method, "in another order the intents have other outcomes");
  // A document has its messages in the order of the intents, and numbers them.
  if (!IsFoundFirst(method) && effects[0] != effects[1])
    Fail(trial, method, "in another order the intents have other effects: each is its own, whatever stands beside it");
}

// All of it happened: whoever says that it did not has it sent a second time.
void ExpectNotPutOff(const Trial& trial, const Method& method, const std::string& where, const Written& written) {
  if (written.answer.status == QS_RETRY) Fail(trial, method, where + "everything was sent, and it answers RETRY");
  for (const auto& [id, outcome] : written.outcomes) {
    if (outcome.has_retry())
      Fail(trial, method, where + "everything was sent, and intent '" + id + "' is to be retried");
  }
}

// The decisive call's answer is lost: it happened (kLost) or not (kUnknown), and the plugin cannot know.
void AnswerLost(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  const auto request = RequestFor(method, trial.bundle, trial.cassette);
  World undisturbed(trial.bundle, trial.cassette);
  int calls = 0;
  {
    Instance instance(plugin, undisturbed);
    if (!Write(instance, method, *request).answer.ok()) throw CaseOver("it does not succeed undisturbed");
    calls = undisturbed.invocations();
  }
  const std::set<std::string> all = undisturbed.Effects(!IsAbsolute(method));
  for (int n = 1; n <= calls; ++n) {
    for (const Fault fault : {Fault::kLost, Fault::kUnknown}) {
      trial.log.At("call " + std::to_string(n) + " to the host: " + NameOf(fault));
      World world(trial.bundle, trial.cassette);
      world.FailNth(n, fault);
      Instance instance(plugin, world);
      const Written written = Write(instance, method, *request);
      const std::string where = "call " + std::to_string(n) + " to the host " + NameOf(fault) + ": ";
      if (!written.problem.empty()) Fail(trial, method, where + written.problem);
      const bool all_said_sent =
          written.answer.ok() && std::all_of(written.outcomes.begin(), written.outcomes.end(), [](const auto& one) {
            return one.second.has_done() || one.second.has_accepted();
          });
      if (all_said_sent && world.Effects(!IsAbsolute(method)) != all)
        Fail(trial, method, where + "every intent is done or accepted, and not everything was sent");
      if (IsFoundFirst(method) && !all.empty() && world.Effects(!IsAbsolute(method)) == all)
        ExpectNotPutOff(trial, method, where, written);
      // Sent again, when the host is well, all of it is there, once.
      Instance later(plugin, world);
      const Written again = Write(later, method, *request);
      if (!again.answer.ok()) Fail(trial, method, where + "sent again it answers " + again.answer.Text());
      const std::set<std::string> effects = world.Effects(!IsAbsolute(method));
      if (!std::includes(all.begin(), all.end(), effects.begin(), effects.end()))
        Fail(trial, method, where + "sent again it does something that it does not do undisturbed");
      if (!std::includes(effects.begin(), effects.end(), all.begin(), all.end()))
        Fail(trial, method, where + "sent again, not everything is there");
    }
  }
}

// The host's own rule, kept by the plugin as well: such a listing never gets a merchant's quantity.
void OnlyMerchants(const Trial& trial, const Method& method) {
  Plugin plugin(trial);
  for (const pb::FulfilmentChannel fulfilment :
       {pb::FULFILMENT_CHANNEL_UNSPECIFIED, pb::FULFILMENT_CHANNEL_MARKETPLACE}) {
    World world(trial.bundle, trial.cassette);
    Instance instance(plugin, world);
    pb::PushRequest request;
    request.CopyFrom(*RequestFor(method, trial.bundle, trial.cassette));
    for (pb::QuantityIntent& intent : *request.mutable_intents()) intent.set_fulfilment(fulfilment);
    const Written written = Write(instance, method, request);
    for (const auto& [id, outcome] : written.outcomes) {
      if (!outcome.has_rejected())
        Fail(trial, method, "an intent whose fulfilment is not MERCHANT is " + KindOf(outcome) + ", not rejected");
    }
    if (!world.Effects(true).empty()) Fail(trial, method, "an intent whose fulfilment is not MERCHANT is sent");
  }
}

pb::ReconcileDespatchReply Reconcile(const Trial& trial, Instance& instance, World& world,
                                     const pb::ConfirmDespatchRequest& sent, int64_t sent_us) {
  pb::ReconcileDespatchRequest request;
  *request.mutable_intents() = sent.intents();
  request.set_sent_from_us(sent_us);
  request.set_sent_until_us(sent_us);
  Answer answer;
  const auto reply = instance.Call<pb::ReconcileDespatchReply>("despatch/1", "reconcile", request, answer);
  if (!reply) throw CaseOver("reconcile answers " + answer.Text());
  if (!world.unanswered().empty())
    throw CaseOver("the cassette has no answer to " + *world.unanswered().begin() + ": record it (--cassette)");
  std::set<std::string> found;
  for (const pb::DespatchFinding& finding : reply->findings()) {
    if (!found.insert(finding.intent_id()).second)
      trial.log.Fail("reconcile: intent '" + finding.intent_id() + "' has two findings");
    if (finding.state() == pb::DespatchFinding::STATE_UNSPECIFIED) trial.log.Fail("reconcile: a finding has no state");
    if (finding.state() == pb::DespatchFinding::STATE_UNDECIDED && finding.ask_again_us() <= world.now_us())
      trial.log.Fail("reconcile: an undecided finding does not say when to ask again");
  }
  for (const pb::DespatchIntent& intent : sent.intents()) {
    if (!found.contains(intent.intent_id()))
      trial.log.Fail("reconcile: intent '" + intent.intent_id() + "' has no finding");
  }
  return *reply;
}

// What is unknown is settled by looking.
void DespatchReconciles(const Trial& trial) {
  Plugin plugin(trial);
  const auto& methods = AllMethods();
  const auto confirm = std::find_if(methods.begin(), methods.end(),
                                    [](const Method& one) { return one.Title() == "despatch/1 confirm"; });
  pb::ConfirmDespatchRequest request;
  request.CopyFrom(*RequestFor(*confirm, trial.bundle, trial.cassette));
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  // Never sent. A recorded marketplace shows what it showed, so it is recorded before and after.
  const pb::ReconcileDespatchReply before = Reconcile(trial, instance, world, request, 0);
  for (const pb::DespatchFinding& finding : before.findings()) {
    if (finding.state() == pb::DespatchFinding::STATE_CONFIRMED)
      trial.log.Fail("reconcile: package '" + finding.intent_id() +
                     "', which was never sent, is confirmed (the cassette holds two answers, of before and after)");
  }
  const int64_t sent_us = world.now_us();
  const Written written = Write(instance, *confirm, request);
  if (!written.answer.ok()) throw CaseOver("confirm answers " + written.answer.Text());
  world.AdvanceTo(world.now_us() + 3'600'000'000);
  const pb::ReconcileDespatchReply after = Reconcile(trial, instance, world, request, sent_us);
  for (const pb::DespatchFinding& finding : after.findings()) {
    const auto outcome = written.outcomes.find(finding.intent_id());
    const bool done = outcome != written.outcomes.end() && outcome->second.has_done();
    if (done && finding.state() != pb::DespatchFinding::STATE_CONFIRMED)
      trial.log.Fail("reconcile: package '" + finding.intent_id() + "' was done and is not confirmed an hour later");
  }
}

// Nothing that was taken is missing an hour later.
void ExpectFound(const Trial& trial, const pb::SubmitOutboundRequest& sent, const Written& written,
                 const pb::ReconcileOutboundReply& reply) {
  std::set<std::string> there;
  for (const pb::OutboundState& state : reply.states()) there.insert(state.outbound_id());
  for (const pb::OutboundIntent& intent : sent.intents()) {
    const auto outcome = written.outcomes.find(intent.intent_id());
    const bool taken =
        outcome != written.outcomes.end() && (outcome->second.has_done() || outcome->second.has_accepted());
    if (taken && !there.contains(intent.order().outbound_id()))
      trial.log.Fail("reconcile: order '" + intent.order().outbound_id() +
                     "' was submitted and is not found an hour later");
  }
}

// What is told of an order is told once, and of orders that were asked for. One that is not told of will be asked for
// again.
void ExpectAnswersTo(Log& log, const pb::ReconcileOutboundRequest& request, const pb::ReconcileOutboundReply& reply) {
  std::multiset<std::string> told(reply.not_found().begin(), reply.not_found().end());
  for (const pb::OutboundState& state : reply.states()) told.insert(state.outbound_id());
  for (const std::string& id : request.outbound_ids()) {
    if (told.erase(id) > 1) log.Fail("reconcile: order '" + id + "' is told of more than once");
  }
  if (!told.empty()) log.Fail("reconcile: nobody asked for order '" + *told.begin() + "'");
}

void FulfilmentReconciles(const Trial& trial) {
  Plugin plugin(trial);
  const auto& methods = AllMethods();
  const auto submit = std::find_if(methods.begin(), methods.end(),
                                   [](const Method& one) { return one.Title() == "fulfilment/1 submit"; });
  pb::SubmitOutboundRequest sent;
  sent.CopyFrom(*RequestFor(*submit, trial.bundle, trial.cassette));
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  pb::ReconcileOutboundRequest request;
  for (const pb::OutboundIntent& intent : sent.intents()) request.add_outbound_ids(intent.order().outbound_id());
  // Before anything was sent, and an hour after it was.
  for (const bool after : {false, true}) {
    Written written;
    if (after) {
      written = Write(instance, *submit, sent);
      if (!written.answer.ok()) throw CaseOver("submit answers " + written.answer.Text());
      request.set_sent_until_us(world.now_us());
      world.AdvanceTo(world.now_us() + 3'600'000'000);
    }
    Answer answer;
    const auto reply = instance.Call<pb::ReconcileOutboundReply>("fulfilment/1", "reconcile", request, answer);
    if (!reply) throw CaseOver("reconcile answers " + answer.Text());
    if (!world.unanswered().empty())
      throw CaseOver("the cassette has no answer to " + *world.unanswered().begin() + ": record it (--cassette)");
    ExpectAnswersTo(trial.log, request, *reply);
    ExpectFound(trial, sent, written, *reply);
    // A recorded marketplace shows what it showed; files are as they are.
    if (!after && trial.bundle.manifest.origins().empty() && !reply->states().empty())
      trial.log.Fail("reconcile: order '" + reply->states(0).outbound_id() + "' is found before it was submitted");
  }
}

}  // namespace

void AddWriteCases(const Bundle& bundle, Cases& cases) {
  for (const Method& method : DeclaredMethods(bundle)) {
    if (method.kind != MethodKind::kWrite) continue;
    const auto add = [&](const std::string& name, const char* claim, void (*run)(const Trial&, const Method&)) {
      cases.push_back({"writes/" + name + " " + method.Title(), "writes", method.contract, claim, kSeconds,
                       [run, method](const Trial& trial) { run(trial, method); }});
    };
    add("total", "every intent has one outcome, and what is done was sent", &Total);
    if (IsFoundFirst(method)) {
      add("twice", "the same intents are the same document, by which they are found", &Twice);
    } else {
      add("twice", "the same intents twice have one effect", &Twice);
    }
    add("order", "the order of intents does not matter", &AnyOrder);
    add("lost", "an answer that was lost makes nothing done that is not, and nothing twice", &AnswerLost);
    if (method.contract == std::string("inventory_push/1"))
      add("merchant", "only what the merchant ships gets a quantity", &OnlyMerchants);
  }
  if (Declares(bundle.manifest, "despatch/1", "confirm") && Declares(bundle.manifest, "despatch/1", "reconcile"))
    cases.push_back({"writes/reconcile despatch/1 reconcile", "writes", "despatch/1",
                     "reconcile finds what was sent, and not what was not", kSeconds, &DespatchReconciles});
  if (Declares(bundle.manifest, "fulfilment/1", "submit") && Declares(bundle.manifest, "fulfilment/1", "reconcile"))
    cases.push_back({"writes/reconcile fulfilment/1 reconcile", "writes", "fulfilment/1",
                     "reconcile tells of an order once, and finds what was submitted", kSeconds,
                     &FulfilmentReconciles});
}

}  // namespace quayside::conformance
