// What was handed over is followed to its end, and what nobody knows is found out.
#include <algorithm>
#include <map>
#include <string>

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

constexpr size_t kMostPolledActions = 1000;
// Documents that were handed over shortly before what is looked for are known to be others.
constexpr DurationUs kKnownBackUs = kHourUs;

// A failed call about these: they are asked about again after the lane's own pause, in their turn.
absl::Status AskLater(PostSaleDesk& desk, const Actions& actions, const absl::Status& failure) {
  desk.Remember(failure);
  if (IsRefusedBeforeSending(failure)) return absl::OkStatus();
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, actions));
    for (auto& [id, action] : fresh) {
      ++action.failures;
      action.due_us = desk.now() + DespatchBackoff(action.failures, desk.in().rng);
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
    }
    return absl::OkStatus();
  });
}

// The first of them and those that were handed over with it.
Actions BatchOf(const Actions& unknown) {
  Actions batch;
  for (const PostSaleRecord& action : unknown) {
    if (action.batch == unknown.front().batch) batch.push_back(action);
  }
  return batch;
}

}  // namespace

absl::Status TakeLostActions(PostSaleDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Actions orphans, desk.List(PostSaleState::kSending, kNever));
  if (orphans.empty()) return absl::OkStatus();
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, orphans));
    for (auto& [id, action] : fresh) {
      QS_RETURN_IF_ERROR(NotePostSaleSent(tx, action));
      const bool is_news =
          TakeLostAnswer("the host stopped before the answer was known", action.sent_by_us, desk.now(), action);
      QS_RETURN_IF_ERROR(desk.Keep(tx, action, is_news));
    }
    return absl::OkStatus();
  });
}

absl::Status PollActions(PostSaleDesk& desk) {
  QS_ASSIGN_OR_RETURN(Actions due, desk.List(PostSaleState::kAccepted, desk.now()));
  if (due.size() > kMostPolledActions) due.resize(kMostPolledActions);
  if (due.empty()) return absl::OkStatus();
  pb::PollPostSaleRequest request;
  std::map<std::string, Actions> by_handle;
  for (const PostSaleRecord& action : due) by_handle[action.handle].push_back(action);
  for (const auto& [handle, actions] : by_handle) {
    QS_ASSIGN_OR_RETURN(*request.add_accepted(), desk.Together(actions));
    request.mutable_accepted(request.accepted_size() - 1)->set_handle(handle);
  }
  const auto reply = CallPlugin<pb::PollPostSaleReply>(desk.in().plugin, kPostSaleContract, "poll", request);
  if (!reply.ok()) return AskLater(desk, due, reply.status());
  FailPoint("post-sale-poll-before-commit");
  std::map<std::string, const pb::Outcome*> outcomes;
  for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = &outcome;
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, due));
    for (auto& [id, action] : fresh) {
      bool is_news = false;
      if (const auto outcome = outcomes.find(Concat(id)); outcome != outcomes.end()) {
        const DurationUs backoff = DespatchBackoff(action.failures + 1, desk.in().rng);
        is_news = TakeOutcome(*outcome->second, desk.now(), backoff, action);
      } else {
        action.failures = 0;
        action.due_us = NextPoll(reply->next_poll_us(), desk.now(), desk.now() - action.sent_us);
      }
      QS_RETURN_IF_ERROR(desk.Keep(tx, action, is_news));
    }
    return absl::OkStatus();
  });
}

absl::Status FindActions(PostSaleDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Actions due, desk.List(PostSaleState::kUnknown, desk.now()));
  if (due.empty()) return absl::OkStatus();
  const Actions batch = BatchOf(due);
  const bool can_ask = desk.Offers("find");
  pb::FindPostSaleReply found;
  if (can_ask) {
    pb::FindPostSaleRequest request;
    QS_ASSIGN_OR_RETURN(*request.mutable_sent(), desk.Together(batch));
    // All of a batch were written as being sent in one commit, and its call was over at one time.
    const TimeUs sent_from_us = batch.front().sent_us;
    request.set_sent_from_us(sent_from_us);
    request.set_sent_to_us(batch.front().sent_by_us);
    std::vector<std::string> known;
    QS_RETURN_IF_ERROR(desk.in().store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(known, tx.ListPostSaleHandles(desk.in().lane.account_id, sent_from_us - kKnownBackUs));
      return absl::OkStatus();
    }));
    for (const std::string& handle : known) request.add_known_handles(handle);
    auto reply = CallPlugin<pb::FindPostSaleReply>(desk.in().plugin, kPostSaleContract, "find", request);
    if (!reply.ok()) return AskLater(desk, batch, reply.status());
    found = *std::move(reply);
  }
  FailPoint("post-sale-after-find");
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, batch));
    for (auto& [id, action] : fresh) {
      const DurationUs backoff = DespatchBackoff(action.failures + 1, desk.in().rng);
      const bool is_news = can_ask ? TakeFound(found, desk.now(), backoff, action)
                                   : TakeUnclear("the plugin cannot say whether it arrived", desk.now(), action);
      QS_RETURN_IF_ERROR(desk.Keep(tx, action, is_news));
    }
    return absl::OkStatus();
  });
}

absl::Status LookAtOrders(PostSaleDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Actions due, desk.List(PostSaleState::kUnclear, desk.now()));
  if (due.empty()) return absl::OkStatus();
  return desk.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ActionsById fresh, PostSaleDesk::Fresh(tx, due));
    for (auto& [id, action] : fresh) {
      QS_ASSIGN_OR_RETURN(const OrderRecord order, tx.GetOrder(action.order_id));
      QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(order.id));
      const bool done = ShowsCancellation(order, lines, action);
      const bool is_news = done || order.state == OrderState::kDespatched;
      if (is_news) {
        SettleAs(done, done ? "SEEN_ON_ORDER" : "ORDER_DESPATCHED",
                 done ? "the order bears it" : "the order left before it was cancelled", action);
      } else {
        action.due_us = desk.now() + kLookAtOrderUs;
      }
      action.updated_us = desk.now();
      QS_RETURN_IF_ERROR(desk.Keep(tx, action, is_news));
    }
    return absl::OkStatus();
  });
}

}  // namespace quayside
