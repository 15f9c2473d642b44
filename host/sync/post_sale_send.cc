// What waits is handed over: of one kind, marketplace and way to say it together, so that all of a call travels in one
// document and is found, or missed, as a whole.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/orders/despatch_outcome.h"
#include "host/orders/post_sale_outcome.h"
#include "host/orders/post_sale_rules.h"
#include "host/orders/post_sale_trail.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/post_sale_desk.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

namespace {

// A call that passed its deadline is cut off by the host's services well before this.
constexpr DurationUs kCutOffGraceUs = kMinuteUs;

absl::StatusOr<PostSaleGate> GateOfAction(ReadTx& tx, const PostSaleRecord& action) {
  absl::StatusOr<ChannelRecord> channel = tx.GetChannel(action.channel_id);
  if (absl::IsNotFound(channel.status())) return PostSaleGateOf(std::nullopt);
  if (!channel.ok()) return channel.status();
  return PostSaleGateOf(*std::move(channel));
}

auto TravelsWith(const PostSaleRecord& action) {
  return std::tuple(action.kind, action.whole_order, action.marketplace);
}

// The first that is due and what may share its call. After failures in smaller and smaller groups: one of them may be
// what a call breaks at.
Actions ChooseTogether(const Actions& due, int most) {
  Actions chosen;
  if (due.empty()) return chosen;
  const int size = std::max(1, most >> std::min(due.front().failures, 20));
  for (const PostSaleRecord& action : due) {
    if (static_cast<int>(chosen.size()) == size) break;
    if (TravelsWith(action) == TravelsWith(due.front()) && action.failures == due.front().failures)
      chosen.push_back(action);
  }
  return chosen;
}

// Written as being sent; what may not go ends at once, without a call. An order that changed meanwhile may not bear its
// cancellation any more: that is the marketplace's to say.
absl::StatusOr<Actions> WriteActionsAsSending(PostSaleDesk& desk, const Actions& chosen) {
  Actions sent;
  const int64_t batch = desk.in().ids.Next();
  QS_RETURN_IF_ERROR(desk.Write([&](Tx& tx) -> absl::Status {
    sent.clear();
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, chosen));
    for (auto& [id, action] : fresh) {
      action.updated_us = desk.now();
      QS_ASSIGN_OR_RETURN(const PostSaleGate gate, GateOfAction(tx, action));
      if (!gate.reason.empty()) {
        action.state = PostSaleState::kRejected;
        action.reason = gate.reason;
        action.message = gate.message;
        QS_RETURN_IF_ERROR(desk.Keep(tx, action, true));
        continue;
      }
      action.state = PostSaleState::kSending;
      action.batch = batch;
      action.handle.clear();
      action.sent_us = desk.now();
      action.sent_by_us = desk.now() + desk.LongestCall() + kCutOffGraceUs;
      ++action.attempts;
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
      sent.push_back(action);
    }
    return absl::OkStatus();
  }));
  return sent;
}

struct Answered {
  absl::Status status;
  std::map<std::string, pb::Outcome> outcomes;
};

template <typename Reply, typename Request>
Answered Ask(PostSaleDesk& desk, const char* method, const Request& request) {
  const auto reply = CallPlugin<Reply>(desk.in().plugin, kPostSaleContract, method, request);
  Answered answered{.status = reply.status(), .outcomes = {}};
  if (!reply.ok()) return answered;
  for (const pb::Outcome& outcome : reply->outcomes()) answered.outcomes[outcome.intent_id()] = outcome;
  return answered;
}

absl::StatusOr<Answered> HandOverTogether(PostSaleDesk& desk, const Actions& sent) {
  QS_ASSIGN_OR_RETURN(const pb::AcceptedPostSale together, desk.Together(sent));
  if (sent.front().kind == PostSaleKind::kCancel) {
    pb::CancelOrdersRequest request;
    *request.mutable_intents() = together.cancels();
    return Ask<pb::CancelOrdersReply>(desk, "cancel", request);
  }
  pb::RefundOrdersRequest request;
  *request.mutable_intents() = together.refunds();
  return Ask<pb::RefundOrdersReply>(desk, "refund", request);
}

}  // namespace

absl::Status SendActions(PostSaleDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Actions unknown, desk.List(PostSaleState::kUnknown, kNever));
  if (!unknown.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const Actions due, desk.List(PostSaleState::kWaiting, desk.now()));
  const Actions chosen = ChooseTogether(due, desk.MostInACall());
  if (chosen.empty()) return absl::OkStatus();
  // What cannot be read stops the lane before anything is written as being sent.
  QS_RETURN_IF_ERROR(desk.Together(chosen).status());
  QS_ASSIGN_OR_RETURN(const Actions sent, WriteActionsAsSending(desk, chosen));
  FailPoint("post-sale-after-intents");
  if (sent.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(Answered answered, HandOverTogether(desk, sent));
  FailPoint("post-sale-after-hand-over");
  QS_RETURN_IF_ERROR(desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, sent));
    for (auto& [id, action] : fresh) {
      const PostSaleRecord handed_over = action;
      const pb::Outcome outcome =
          answered.status.ok() ? answered.outcomes[Concat(id)] : OutcomeOfFailure(answered.status, desk.now());
      const DurationUs backoff = DespatchBackoff(action.failures + 1, desk.in().rng);
      const bool is_news = TakeOutcome(outcome, desk.now(), backoff, action);
      if (is_news) QS_RETURN_IF_ERROR(NotePostSaleSent(tx, handed_over));
      QS_RETURN_IF_ERROR(desk.Keep(tx, action, is_news));
    }
    return absl::OkStatus();
  }));
  FailPoint("post-sale-after-outcomes");
  desk.Remember(answered.status);
  return absl::OkStatus();
}

}  // namespace quayside
