#include "outbound.h"

#include <boost/json.hpp>
#include <utility>

#include "batch.h"
#include "caller.h"
#include "json_fields.h"
#include "outbound_api.h"
#include "outbound_rules.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int64_t kShowsUs = 10 * kMinuteUs;  // an order that does not show by then was not taken

// Amazon also refuses what is done already: the order itself says what is the case, and as long as it cannot be read
// nobody knows.
template <typename IsDone>
void OnRefused(OutboundApi& api, const std::string& outbound_id, const Error& error, const char* reason,
               IsDone&& is_done, pb::Outcome& outcome) {
  const auto state = api.Get(outbound_id);
  if (!state.ok()) {
    outcome.mutable_unknown()->set_message(error.message + "; the order could not be read: " + state.error().message);
  } else if (state.value().has_value() && is_done(*state.value())) {
    outcome.mutable_done()->set_reference(outbound_id);
  } else {
    Reject(outcome, reason, error.message);
  }
}

// Amazon says yes with an object, or with nothing. Half an answer, or the page of a gateway, says nothing.
WriteAnswer InAmazonsForm(WriteAnswer answer) {
  boost::json::monotonic_resource memory;
  const std::string& body = answer.reply.body();
  if (answer.kind != WriteAnswer::Kind::kTaken || body.empty() || ParsePage(body, memory)) return answer;
  answer.kind = WriteAnswer::Kind::kUnknown;
  answer.error.message = "the answer breaks off, or is not Amazon's";
  return answer;
}

}  // namespace

Result<pb::QuoteOutboundReply> QuoteOutbound(const Settings& settings, ServerClock& clock,
                                             const pb::QuoteOutboundRequest& request, sdk::Step& step) {
  if (const auto problem = ProblemOf(request.order()))
    return Error::Invalid(problem->reason, problem->message, "order");
  Caller caller(settings, clock, step);
  return MakeOutbound(caller)->Quote(request.order());
}

Result<pb::SubmitOutboundReply> SubmitOutbound(const Settings& settings, ServerClock& clock,
                                               const pb::SubmitOutboundRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  const auto api = MakeOutbound(caller);
  Batch batch(step);
  pb::SubmitOutboundReply reply;
  for (const pb::OutboundIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    const std::string& id = intent.order().outbound_id();
    if (const auto problem = ProblemOf(intent.order())) {
      Reject(outcome, problem->reason, problem->message);
    } else if (batch.Admits(outcome)) {
      const WriteAnswer answer = InAmazonsForm(api->Create(intent.order()));
      if (batch.Settles(answer, outcome)) {
        if (auto fatal = batch.fatal()) return *std::move(fatal);
      } else if (answer.kind == WriteAnswer::Kind::kTaken && answer.reply.status() != 202) {
        outcome.mutable_done()->set_reference(id);
      } else if (answer.kind == WriteAnswer::Kind::kTaken) {
        outcome.mutable_accepted()->set_handle(id);
      } else {
        OnRefused(
            *api, id, answer.error, answer.error.reason.c_str(), [](const pb::OutboundState&) { return true; },
            outcome);
      }
    }
  }
  return reply;
}

Result<pb::CancelOutboundReply> CancelOutbound(const Settings& settings, ServerClock& clock,
                                               const pb::CancelOutboundRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  const auto api = MakeOutbound(caller);
  Batch batch(step);
  pb::CancelOutboundReply reply;
  for (const pb::CancelOutboundIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (!batch.Admits(outcome)) continue;
    const WriteAnswer answer = InAmazonsForm(api->Cancel(intent.outbound_id()));
    if (batch.Settles(answer, outcome)) {
      if (auto fatal = batch.fatal()) return *std::move(fatal);
    } else if (answer.kind == WriteAnswer::Kind::kNotFound) {
      Reject(outcome, "OUTBOUND_NOT_FOUND", "Amazon has no outbound order of this id.");
    } else if (answer.kind == WriteAnswer::Kind::kRefused) {
      OnRefused(
          *api, intent.outbound_id(), answer.error, "NOT_CANCELLABLE",
          [](const pb::OutboundState& state) { return state.status() == pb::OUTBOUND_STATUS_CANCELLED; }, outcome);
    } else if (answer.reply.status() == 202) {
      outcome.mutable_accepted()->set_handle(intent.outbound_id());
    } else {
      outcome.mutable_done()->set_reference(intent.outbound_id());
    }
  }
  return reply;
}

Result<pb::ReconcileOutboundReply> ReconcileOutbound(const Settings& settings, ServerClock& clock,
                                                     const pb::ReconcileOutboundRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  const auto api = MakeOutbound(caller);
  const bool certain = caller.NowUs() >= request.sent_until_us() + kShowsUs;
  pb::ReconcileOutboundReply reply;
  bool any = false;
  for (const std::string& id : request.outbound_ids()) {
    if (any && !HasRoom(step)) break;
    auto state = api->Get(id);
    if (!state.ok()) {
      if (!any) return std::move(state.error());
      break;
    }
    any = true;
    if (state.value().has_value()) {
      *reply.add_states() = *std::move(state.value());
    } else if (certain) {
      reply.add_not_found(id);
    } else {
      reply.set_ask_again_us(caller.NowUs() + kMinuteUs);
    }
  }
  return reply;
}

}  // namespace quayside::amazon
