#include "host/orders/post_sale_order.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/order_document.h"
#include "host/orders/outbound_order.h"
#include "host/orders/post_sale_outcome.h"
#include "host/orders/post_sale_trail.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// What is known of an order that something is taken back of.
struct OrderAsSold {
  OrderRecord order;
  std::vector<OrderLineRecord> lines;
  std::vector<PostSaleRecord> earlier;
};

absl::StatusOr<OrderAsSold> ReadSold(Tx& tx, int64_t order_id) {
  OrderAsSold sold;
  QS_ASSIGN_OR_RETURN(sold.order, tx.GetOrder(order_id));
  QS_ASSIGN_OR_RETURN(sold.lines, tx.GetOrderLines(order_id));
  QS_ASSIGN_OR_RETURN(sold.earlier, tx.ListPostSalesOfOrder(order_id));
  return sold;
}

absl::Status CheckOffered(bool offered, const OrderRecord& order, std::string_view what) {
  if (offered) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, Reason::kContractNotOffered,
      Concat("the active version of the plugin of account ", order.account_id, " does not ", what, " orders"),
      {{"resource", OrderName(order.id)}});
}

// Without its channel, or on a disabled one, nothing would ever be sent.
absl::Status CheckChannel(Tx& tx, const OrderRecord& order, Reason reason) {
  absl::StatusOr<ChannelRecord> found = tx.GetChannel(order.channel_id);
  std::optional<ChannelRecord> channel;
  if (found.ok()) {
    channel = *std::move(found);
  } else if (!absl::IsNotFound(found.status())) {
    return found.status();
  }
  const PostSaleGate gate = PostSaleGateOf(channel);
  if (gate.reason.empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, gate.message, {{"resource", OrderName(order.id)}});
}

PostSaleRecord NewAction(const PostSaleInputs& in, const OrderAsSold& sold, PostSaleKind kind, int cause) {
  return {.id = in.ids.Next(),
          .order_id = sold.order.id,
          .number = sold.earlier.empty() ? 1 : sold.earlier.back().number + 1,
          .account_id = sold.order.account_id,
          .channel_id = sold.order.channel_id,
          .marketplace = sold.order.marketplace,
          .kind = kind,
          .cause = cause,
          .due_us = in.now,
          .created_us = in.now,
          .updated_us = in.now};
}

absl::Status CheckRoom(const OrderAsSold& sold) {
  if (sold.earlier.size() < static_cast<size_t>(kMostPostSales)) return absl::OkStatus();
  return MakeFieldError(Reason::kInvalidArgument,
                        {{"name", Concat("an order has at most ", kMostPostSales, " cancellations and refunds")}});
}

absl::Status CheckMayCancel(const PostSaleInputs& in, const OrderAsSold& sold) {
  QS_RETURN_IF_ERROR(CheckCancellable(sold.order, sold.lines, sold.earlier));
  QS_RETURN_IF_ERROR(CheckNotAllocated(in.tx, sold.order, Reason::kOrderNotCancellable));
  QS_RETURN_IF_ERROR(CheckChannel(in.tx, sold.order, Reason::kOrderNotCancellable));
  return CheckOffered(in.cancels, sold.order, "cancel");
}

absl::Status CheckMayRefund(const PostSaleInputs& in, const OrderAsSold& sold, const RefundWish& wish) {
  QS_RETURN_IF_ERROR(CheckRefundable(sold.order, sold.lines));
  QS_RETURN_IF_ERROR(CheckChannel(in.tx, sold.order, Reason::kOrderNotRefundable));
  QS_RETURN_IF_ERROR(CheckOffered(in.refunds, sold.order, "refund"));
  pb::Order document;
  if (!sold.order.document.empty()) {
    QS_ASSIGN_OR_RETURN(document, OpenOrderDocument(in.cipher, sold.order));
  }
  return CheckRefund(document, sold.lines, sold.earlier, wish);
}

absl::StatusOr<PostSaleRecord> FindAction(const OrderAsSold& sold, int32_t number) {
  const auto found = std::find_if(sold.earlier.begin(), sold.earlier.end(),
                                  [&](const PostSaleRecord& action) { return action.number == number; });
  if (found != sold.earlier.end()) return *found;
  const std::string name = PostSaleName(sold.order.id, number);
  return MakeError(absl::StatusCode::kNotFound, Reason::kPostSaleActionNotFound, Concat("there is no '", name, "'"),
                   {{"resource", name}});
}

absl::Status CloseLetter(Tx& tx, TimeUs now, PostSaleRecord& action) {
  const int64_t letter_id = std::exchange(action.dead_letter_id, 0);
  if (letter_id == 0) return absl::OkStatus();
  absl::StatusOr<DeadLetterRecord> letter = tx.GetDeadLetter(letter_id);
  if (absl::IsNotFound(letter.status())) return absl::OkStatus();
  if (!letter.ok()) return letter.status();
  // Somebody may have settled it already.
  if (letter->state != DeadLetterState::kOpen) return absl::OkStatus();
  letter->state = DeadLetterState::kRetried;
  letter->last_seen_us = now;
  return tx.PutDeadLetter(*letter);
}

}  // namespace

absl::StatusOr<PostSaleRecord> CancelOrder(const PostSaleInputs& in, int64_t order_id, const CancelWish& wish) {
  QS_ASSIGN_OR_RETURN(const OrderAsSold sold, ReadSold(in.tx, order_id));
  QS_RETURN_IF_ERROR(CheckMayCancel(in, sold));
  QS_RETURN_IF_ERROR(CheckRoom(sold));
  QS_ASSIGN_OR_RETURN(Cancelled cancelled, UnitsToCancel(sold.lines, wish));
  PostSaleRecord action = NewAction(in, sold, PostSaleKind::kCancel, wish.cause);
  action.lines = std::move(cancelled.lines);
  action.whole_order = cancelled.whole_order;
  QS_RETURN_IF_ERROR(TellPostSale(in.tx, in.now, action));
  return action;
}

absl::StatusOr<PostSaleRecord> RefundOrder(const PostSaleInputs& in, int64_t order_id, const RefundWish& wish) {
  QS_ASSIGN_OR_RETURN(const OrderAsSold sold, ReadSold(in.tx, order_id));
  QS_RETURN_IF_ERROR(CheckMayRefund(in, sold, wish));
  QS_RETURN_IF_ERROR(CheckRoom(sold));
  PostSaleRecord action = NewAction(in, sold, PostSaleKind::kRefund, wish.cause);
  action.currency = wish.currency;
  action.lines = wish.lines;
  QS_RETURN_IF_ERROR(TellPostSale(in.tx, in.now, action));
  return action;
}

absl::StatusOr<PostSaleRecord> RetryPostSale(const PostSaleInputs& in, int64_t order_id, int32_t number) {
  QS_ASSIGN_OR_RETURN(OrderAsSold sold, ReadSold(in.tx, order_id));
  QS_ASSIGN_OR_RETURN(PostSaleRecord action, FindAction(sold, number));
  const std::string name = PostSaleName(order_id, number);
  if (!IsRetryable(action.state)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPostSaleActionNotRetryable,
                     action.state == PostSaleState::kDone
                         ? Concat(name, " is done")
                         : Concat(name, " is on its way; what became of it is being asked"),
                     {{"resource", name}});
  }
  // As if it were asked for now, beside the others.
  std::erase_if(sold.earlier, [&](const PostSaleRecord& other) { return other.id == action.id; });
  if (action.kind == PostSaleKind::kCancel) {
    QS_RETURN_IF_ERROR(CheckMayCancel(in, sold));
    const CancelWish wish{.cause = static_cast<pb::CancelReason>(action.cause), .lines = action.lines};
    QS_ASSIGN_OR_RETURN(Cancelled cancelled, UnitsToCancel(sold.lines, wish));
    action.lines = std::move(cancelled.lines);
    action.whole_order = cancelled.whole_order;
  } else {
    QS_RETURN_IF_ERROR(CheckMayRefund(
        in, sold,
        {.cause = static_cast<pb::RefundReason>(action.cause), .currency = action.currency, .lines = action.lines}));
  }
  action.state = PostSaleState::kWaiting;
  action.reason = "RETRIED";
  action.message = "somebody asked for it again";
  action.attempts = 0;
  action.failures = 0;
  action.batch = 0;
  action.handle.clear();
  action.sent_us = 0;
  action.due_us = in.now;
  action.updated_us = in.now;
  QS_RETURN_IF_ERROR(CloseLetter(in.tx, in.now, action));
  QS_RETURN_IF_ERROR(TellPostSale(in.tx, in.now, action));
  return action;
}

absl::StatusOr<SettledPostSale> SettlePostSale(const PostSaleInputs& in, int64_t order_id, int32_t number, bool done) {
  QS_ASSIGN_OR_RETURN(const OrderAsSold sold, ReadSold(in.tx, order_id));
  SettledPostSale settled;
  QS_ASSIGN_OR_RETURN(settled.action, FindAction(sold, number));
  if (settled.action.state != PostSaleState::kUnclear) {
    const std::string name = PostSaleName(order_id, number);
    return MakeError(
        absl::StatusCode::kFailedPrecondition, Reason::kPostSaleActionNotUnclear,
        Concat(name, " is ", PostSaleWord(settled.action.state), "; only what is unclear is settled by hand"),
        {{"resource", name}});
  }
  SettleAs(done, "SETTLED_BY_HAND", done ? "somebody saw it in force" : "somebody saw that it is not in force",
           settled.action);
  settled.action.updated_us = in.now;
  QS_RETURN_IF_ERROR(TellPostSale(in.tx, in.now, settled.action));
  if (!done || settled.action.kind != PostSaleKind::kCancel) return settled;
  QS_ASSIGN_OR_RETURN(settled.accounts, ApplyCancellation(in.tx, in.now, settled.action));
  return settled;
}

}  // namespace quayside
