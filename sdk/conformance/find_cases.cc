// What was handed over in one piece is found again: before a host hands anything over twice it asks.
#include <algorithm>
#include <functional>

#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/post_sale.pb.h"
#include "sdk/conformance/writing.h"

namespace quayside::conformance {
namespace {

constexpr int kSeconds = 60;
constexpr int64_t kHourUs = 3'600'000'000;

enum class Found { kYes, kNo, kUndecided };

struct FindAnswer {
  Found found = Found::kUndecided;
  std::string handle;
  int64_t ask_again_us = 0;
};

// Asks for what was handed over at `sent_us`, leaving out `known`.
using Find = std::function<FindAnswer(Instance&, int64_t sent_us, const std::string& known)>;

template <typename Reply, typename Request>
FindAnswer Ask(Instance& instance, const char* contract, const char* method, Request request, int64_t sent_us,
               const std::string& known) {
  request.set_sent_from_us(sent_us);
  request.set_sent_to_us(sent_us);
  if (!known.empty()) request.add_known_handles(known);
  Answer answer;
  const auto reply = instance.Call<Reply>(contract, method, request, answer);
  if (!reply) throw CaseOver(std::string(method) + " answers " + answer.Text());
  if (reply->answer() == Reply::ANSWER_UNSPECIFIED) throw CaseOver(std::string(method) + ": the answer is no answer");
  const Found found = reply->answer() == Reply::ANSWER_FOUND    ? Found::kYes
                      : reply->answer() == Reply::ANSWER_ABSENT ? Found::kNo
                                                                : Found::kUndecided;
  return {found, reply->handle(), reply->ask_again_us()};
}

const Method& MethodCalled(const std::string& title) {
  const auto& methods = AllMethods();
  return *std::find_if(methods.begin(), methods.end(), [&](const Method& one) { return one.Title() == title; });
}

// The handle of what the method handed over; every intent that was accepted has the same.
std::string HandOver(const Trial& trial, Instance& instance, const Method& method) {
  const Written written = Write(instance, method, *RequestFor(method, trial.bundle, trial.cassette));
  if (!written.answer.ok()) throw CaseOver(method.Title() + " answers " + written.answer.Text());
  for (const auto& [id, outcome] : written.outcomes) {
    if (outcome.has_accepted()) return outcome.accepted().handle();
  }
  throw CaseOver(method.Title() + " accepts no intent: give one that can be (cassette, requests)");
}

void ExpectUndecidedTold(Log& log, const World& world, const FindAnswer& answer) {
  if (answer.found == Found::kUndecided && answer.ask_again_us <= world.now_us())
    log.Fail("an undecided find does not say when to ask again");
}

void FindsIt(const Trial& trial, const Method& method, const Find& find) {
  Plugin plugin(trial);
  World world(trial.bundle, trial.cassette);
  Instance instance(plugin, world);
  const int64_t sent_us = world.now_us();
  const std::string handle = HandOver(trial, instance, method);
  world.AdvanceTo(sent_us + kHourUs);
  const auto ask = [&](int64_t at_us, const std::string& known) {
    const FindAnswer answer = find(instance, at_us, known);
    if (!world.unanswered().empty())
      throw CaseOver("the cassette has no answer to " + *world.unanswered().begin() + ": record it (--cassette)");
    ExpectUndecidedTold(trial.log, world, answer);
    return answer;
  };
  trial.log.At("find an hour after " + method.Title());
  const FindAnswer found = ask(sent_us, "");
  if (found.found != Found::kYes) {
    trial.log.Fail("what " + method.Title() + " handed over is not found an hour later");
  } else if (found.handle != handle) {
    trial.log.Fail("'" + found.handle + "' is found; " + method.Title() + " handed over '" + handle + "'");
  }
  trial.log.At("find, with the handle known");
  if (ask(sent_us, handle).found == Found::kYes)
    trial.log.Fail("a handle that the host knows to be another is found all the same");
  trial.log.At("find, of another day");
  if (ask(sent_us - 48 * kHourUs, "").found == Found::kYes)
    trial.log.Fail("what was handed over today is found two days before");
}

FindAnswer FindBulk(const Trial& trial, Instance& instance, int64_t sent_us, const std::string& known) {
  pb::PushRequest sent;
  sent.CopyFrom(*RequestFor(MethodCalled("inventory_push/1 push_bulk"), trial.bundle, trial.cassette));
  pb::FindBulkRequest request;
  *request.mutable_intents() = sent.intents();
  return Ask<pb::FindBulkReply>(instance, "inventory_push/1", "find_bulk", request, sent_us, known);
}

FindAnswer FindCancels(const Trial& trial, Instance& instance, int64_t sent_us, const std::string& known) {
  pb::CancelOrdersRequest sent;
  sent.CopyFrom(*RequestFor(MethodCalled("post_sale/1 cancel"), trial.bundle, trial.cassette));
  pb::FindPostSaleRequest request;
  *request.mutable_sent()->mutable_cancels() = sent.intents();
  return Ask<pb::FindPostSaleReply>(instance, "post_sale/1", "find", request, sent_us, known);
}

FindAnswer FindRefunds(const Trial& trial, Instance& instance, int64_t sent_us, const std::string& known) {
  pb::RefundOrdersRequest sent;
  sent.CopyFrom(*RequestFor(MethodCalled("post_sale/1 refund"), trial.bundle, trial.cassette));
  pb::FindPostSaleRequest request;
  *request.mutable_sent()->mutable_refunds() = sent.intents();
  return Ask<pb::FindPostSaleReply>(instance, "post_sale/1", "find", request, sent_us, known);
}

struct Pair {
  const char* contract;
  const char* writes;
  const char* finds;
  FindAnswer (*find)(const Trial&, Instance&, int64_t, const std::string&);
};

constexpr Pair kPairs[] = {{"inventory_push/1", "push_bulk", "find_bulk", &FindBulk},
                           {"post_sale/1", "cancel", "find", &FindCancels},
                           {"post_sale/1", "refund", "find", &FindRefunds}};

}  // namespace

void AddFindCases(const Bundle& bundle, Cases& cases) {
  for (const Pair& pair : kPairs) {
    if (!Declares(bundle.manifest, pair.contract, pair.writes) || !Declares(bundle.manifest, pair.contract, pair.finds))
      continue;
    const Method& method = MethodCalled(std::string(pair.contract) + " " + pair.writes);
    cases.push_back({"writes/find " + method.Title(), "writes", pair.contract,
                     "what was handed over is found by when it was, and nothing else is taken for it", kSeconds,
                     [&method, find = pair.find](const Trial& trial) {
                       FindsIt(trial, method, [&](Instance& instance, int64_t sent_us, const std::string& known) {
                         return find(trial, instance, sent_us, known);
                       });
                     }});
  }
}

}  // namespace quayside::conformance
