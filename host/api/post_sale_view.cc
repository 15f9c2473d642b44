#include "host/api/post_sale_view.h"

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {
namespace {

namespace api = quayside::v1;
namespace pb = quayside::plugin::v1;

constexpr int kMostPostSaleLines = 10'000;
constexpr int kMostRefundParts = 10;

static_assert(static_cast<int>(PostSaleState::kWaiting) == api::POST_SALE_STATE_WAITING &&
                  static_cast<int>(PostSaleState::kUnclear) == api::POST_SALE_STATE_UNCLEAR &&
                  static_cast<int>(PostSaleState::kFailed) == api::POST_SALE_STATE_FAILED,
              "the two enums number their values alike");
static_assert(static_cast<int>(pb::CANCEL_REASON_OTHER) == static_cast<int>(api::CANCEL_REASON_OTHER) &&
                  static_cast<int>(pb::REFUND_REASON_OTHER) == static_cast<int>(api::REFUND_REASON_OTHER) &&
                  static_cast<int>(pb::REFUND_COMPONENT_SHIPPING_TAX) ==
                      static_cast<int>(api::REFUND_COMPONENT_SHIPPING_TAX),
              "and so do these");

void ShowRefundLine(const PostSaleRecord& action, const PostSaleLine& line, api::RefundLine& out) {
  out.set_line(line.external_id);
  out.set_quantity(line.quantity);
  for (const RefundPart& part : line.parts) {
    api::RefundAmount* amount = out.add_amounts();
    amount->set_component(static_cast<api::RefundComponent>(part.component));
    amount->mutable_amount()->set_currency_code(action.currency);
    amount->mutable_amount()->set_units(part.units);
    amount->mutable_amount()->set_nanos(part.nanos);
  }
}

}  // namespace

absl::StatusOr<CancelWish> ParseCancellation(const api::CancelOrderRequest& request) {
  if (request.lines_size() > kMostPostSaleLines) {
    return MakeFieldError(Reason::kInvalidArgument, {{"lines", absl::StrCat("must be at most ", kMostPostSaleLines)}});
  }
  CancelWish wish{.cause = static_cast<pb::CancelReason>(request.reason()), .lines = {}};
  for (const api::CancelLine& line : request.lines())
    wish.lines.push_back({.external_id = line.line(), .quantity = line.quantity()});
  return wish;
}

absl::StatusOr<RefundWish> ParseRefund(const api::RefundOrderRequest& request) {
  if (request.lines_size() > kMostPostSaleLines) {
    return MakeFieldError(Reason::kInvalidArgument, {{"lines", absl::StrCat("must be at most ", kMostPostSaleLines)}});
  }
  std::vector<FieldViolation> violations;
  RefundWish wish{.cause = static_cast<pb::RefundReason>(request.reason()), .currency = "", .lines = {}};
  for (int i = 0; i < request.lines_size(); ++i) {
    const api::RefundLine& line = request.lines(i);
    const std::string field = absl::StrCat("lines[", i, "].amounts");
    PostSaleLine& wanted = wish.lines.emplace_back();
    wanted.external_id = line.line();
    wanted.quantity = line.quantity();
    if (line.amounts_size() > kMostRefundParts) {
      violations.push_back({field, absl::StrCat("must be at most ", kMostRefundParts)});
      continue;
    }
    for (const api::RefundAmount& amount : line.amounts()) {
      wanted.parts.push_back({.component = static_cast<int>(amount.component()),
                              .units = amount.amount().units(),
                              .nanos = amount.amount().nanos()});
      if (wish.currency.empty()) wish.currency = amount.amount().currency_code();
      if (amount.amount().currency_code() != wish.currency)
        violations.push_back({field, "must all be in one currency"});
    }
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  return wish;
}

api::PostSaleAction ToProto(const PostSaleRecord& action) {
  api::PostSaleAction out;
  out.set_name(PostSaleName(action.order_id, action.number));
  out.set_number(action.number);
  out.set_state(static_cast<api::PostSaleState>(action.state));
  if (action.kind == PostSaleKind::kCancel) {
    out.set_cancel_reason(static_cast<api::CancelReason>(action.cause));
    out.set_whole_order(action.whole_order);
    for (const PostSaleLine& line : action.lines) {
      api::CancelLine* added = out.add_cancel_lines();
      added->set_line(line.external_id);
      added->set_quantity(line.quantity);
    }
  } else {
    out.set_refund_reason(static_cast<api::RefundReason>(action.cause));
    for (const PostSaleLine& line : action.lines) ShowRefundLine(action, line, *out.add_refund_lines());
  }
  out.set_reason(action.reason);
  out.set_message(action.message);
  out.set_reference(action.reference);
  out.set_attempts(action.attempts);
  if (IsOpen(action.state) && action.state != PostSaleState::kSending && action.due_us != kNever)
    SetTime(out, &api::PostSaleAction::mutable_next_try_time, action.due_us);
  SetTime(out, &api::PostSaleAction::mutable_submit_time, action.sent_us);
  SetTime(out, &api::PostSaleAction::mutable_create_time, action.created_us);
  SetTime(out, &api::PostSaleAction::mutable_update_time, action.updated_us);
  return out;
}

absl::StatusOr<api::PostSaleAction> ToProtoWithNotes(ReadTx& tx, const PostSaleRecord& action) {
  api::PostSaleAction out = ToProto(action);
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleNote> notes, tx.ListPostSaleNotes(action.id));
  for (const PostSaleNote& note : notes) {
    api::PostSaleNote& shown = *out.add_notes();
    SetTime(shown, &api::PostSaleNote::mutable_time, note.time_us);
    shown.set_state(static_cast<api::PostSaleState>(note.state));
    shown.set_reason(note.reason);
    shown.set_message(note.message);
  }
  return out;
}

}  // namespace quayside
