#include "host/orders/post_sale_trail.h"

#include <algorithm>
#include <set>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/order_events.h"
#include "host/orders/order_rules.h"
#include "host/orders/post_sale_rules.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

std::string_view PostSaleWord(PostSaleState state) {
  switch (state) {
    case PostSaleState::kWaiting:
      return "waiting";
    case PostSaleState::kSending:
      return "sending";
    case PostSaleState::kUnknown:
      return "unknown";
    case PostSaleState::kAccepted:
      return "submitted";
    case PostSaleState::kUnclear:
      return "unclear";
    case PostSaleState::kDone:
      return "done";
    case PostSaleState::kRejected:
      return "rejected";
    case PostSaleState::kFailed:
      return "failed";
  }
  return "unknown";
}

absl::Status TellPostSale(Tx& tx, TimeUs now, const PostSaleRecord& action) {
  QS_RETURN_IF_ERROR(tx.PutPostSale(action));
  QS_RETURN_IF_ERROR(tx.AddPostSaleNote({.post_sale_id = action.id,
                                         .time_us = now,
                                         .state = action.state,
                                         .reason = action.reason,
                                         .message = action.message}));
  const std::string_view kind = action.kind == PostSaleKind::kCancel ? "cancellation." : "refund.";
  return tx
      .AppendEvent({0,
                    now,
                    Concat(kind, PostSaleWord(action.state)),
                    PostSaleName(action.order_id, action.number),
                    {{"account", action.account_id},
                     {"channel", action.channel_id},
                     {"attempts", Concat(action.attempts)},
                     {"reason", action.reason}}})
      .status();
}

absl::Status NotePostSaleSent(Tx& tx, const PostSaleRecord& action) {
  return tx.AddPostSaleNote(
      {.post_sale_id = action.id, .time_us = action.sent_us, .state = PostSaleState::kSending, .message = "submitted"});
}

absl::StatusOr<std::vector<std::string>> ApplyCancellation(Tx& tx, TimeUs now, const PostSaleRecord& cancellation) {
  QS_ASSIGN_OR_RETURN(OrderRecord order, tx.GetOrder(cancellation.order_id));
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> before, tx.GetOrderLines(order.id));
  std::vector<OrderLineRecord> lines = AfterCancellation(before, cancellation);
  const OrderState state = StateAfterCancellation(order.state, lines);
  std::set<std::string> accounts;
  bool any_change = state != order.state;
  for (size_t i = 0; i < lines.size(); ++i) {
    OrderLineRecord& line = lines[i];
    line.reserved = ReservedUnits(state, ReservesAs(order), line);
    any_change = any_change || line.cancelled != before[i].cancelled;
    if (line.item_id != 0 && line.reserved != before[i].reserved) {
      QS_RETURN_IF_ERROR(tx.AddReserved(line.item_id, order.location_id, line.reserved - before[i].reserved, now));
      QS_ASSIGN_OR_RETURN(const std::vector<std::string> touched, tx.MarkTargetsOfItem(line.item_id, now));
      accounts.insert(touched.begin(), touched.end());
    }
    if (!PutsBackOnSale(cancellation)) continue;
    const bool named = std::any_of(cancellation.lines.begin(), cancellation.lines.end(),
                                   [&](const auto& gone) { return gone.external_id == line.external_id; });
    if (!named) continue;
    QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(order.account_id, line.sku));
    if (!target.has_value()) continue;
    QS_RETURN_IF_ERROR(tx.MarkTargetSold(order.account_id, line.sku));
    QS_RETURN_IF_ERROR(tx.MarkTarget(order.account_id, line.sku, now));
    accounts.insert(order.account_id);
  }
  if (!any_change) return std::vector<std::string>(accounts.begin(), accounts.end());
  const bool ended = state == OrderState::kCancelled && order.state != OrderState::kCancelled;
  order.state = state;
  ++order.revision;
  QS_RETURN_IF_ERROR(tx.PutOrder(order, lines));
  QS_RETURN_IF_ERROR(AppendOrderEvent(tx, now, ended ? "order.cancelled" : "order.updated", order));
  return std::vector<std::string>(accounts.begin(), accounts.end());
}

pb::CancelIntent CancelIntentOf(const PostSaleRecord& action, const std::string& order_external_id) {
  pb::CancelIntent intent;
  intent.set_intent_id(Concat(action.id));
  intent.set_order_external_id(order_external_id);
  intent.set_marketplace(action.marketplace);
  intent.set_reason(static_cast<pb::CancelReason>(action.cause));
  intent.set_whole_order(action.whole_order);
  for (const PostSaleLine& line : action.lines) {
    pb::CancelLine* added = intent.add_lines();
    added->set_external_line_id(line.external_id);
    added->set_quantity(line.quantity);
  }
  return intent;
}

pb::RefundIntent RefundIntentOf(const PostSaleRecord& action, const std::string& order_external_id) {
  pb::RefundIntent intent;
  intent.set_intent_id(Concat(action.id));
  intent.set_order_external_id(order_external_id);
  intent.set_marketplace(action.marketplace);
  intent.set_reason(static_cast<pb::RefundReason>(action.cause));
  for (const PostSaleLine& line : action.lines) {
    pb::RefundLine* added = intent.add_lines();
    added->set_external_line_id(line.external_id);
    added->set_quantity(line.quantity);
    for (const RefundPart& part : line.parts) {
      pb::RefundAmount* amount = added->add_amounts();
      amount->set_component(static_cast<pb::RefundComponent>(part.component));
      amount->mutable_amount()->set_currency_code(action.currency);
      amount->mutable_amount()->set_units(part.units);
      amount->mutable_amount()->set_nanos(part.nanos);
    }
  }
  return intent;
}

void AddIntent(const PostSaleRecord& action, const std::string& order_external_id, pb::AcceptedPostSale& accepted) {
  if (action.kind == PostSaleKind::kCancel) {
    *accepted.add_cancels() = CancelIntentOf(action, order_external_id);
  } else {
    *accepted.add_refunds() = RefundIntentOf(action, order_external_id);
  }
}

}  // namespace quayside
