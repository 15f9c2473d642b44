#include "host/orders/post_sale_rules.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int64_t kNanosOfAUnit = 1'000'000'000;

absl::Status NotCancellable(const OrderRecord& order, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kOrderNotCancellable,
                   Concat("order ", order.external_id, " cannot be cancelled: ", why),
                   {{"resource", OrderName(order.id)}});
}

absl::Status NotRefundable(const OrderRecord& order, std::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kOrderNotRefundable,
                   Concat("nothing of order ", order.external_id, " can be refunded: ", why),
                   {{"resource", OrderName(order.id)}});
}

bool IsOpenCancellation(const PostSaleRecord& action) {
  return action.kind == PostSaleKind::kCancel && IsOpen(action.state);
}

template <typename Lines>
auto LineOf(Lines& lines, std::string_view id) {
  return std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.external_id == id; });
}

bool IsShipping(int component) {
  return component == pb::REFUND_COMPONENT_SHIPPING || component == pb::REFUND_COMPONENT_SHIPPING_TAX;
}
bool IsTax(int component) {
  return component == pb::REFUND_COMPONENT_ITEM_TAX || component == pb::REFUND_COMPONENT_SHIPPING_TAX;
}

// Amounts as whole nanos: exact, and far from the end of the range for what a line costs.
int64_t NanosOf(const pb::Money& money) {
  const int64_t units = std::clamp<int64_t>(money.units(), -kMostRefundUnits, kMostRefundUnits);
  return units * kNanosOfAUnit + money.nanos();
}
int64_t NanosOf(const RefundPart& part) { return part.units * kNanosOfAUnit + part.nanos; }

std::string AmountText(int64_t nanos) {
  std::string fraction = Concat(nanos % kNanosOfAUnit);
  fraction.insert(0, 9 - fraction.size(), '0');
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return Concat(nanos / kNanosOfAUnit, ".", fraction);
}

// Money of one line, by what it was for.
struct Sums {
  int64_t all = 0;
  int64_t shipping = 0;
  int64_t goods = 0;
  int64_t tax = 0;

  void Add(const RefundPart& part) {
    const int64_t nanos = NanosOf(part);
    all += nanos;
    (IsShipping(part.component) ? shipping : goods) += nanos;
    if (IsTax(part.component)) tax += nanos;
  }
};

// What was paid at most; nothing where the order does not tell.
struct Paid {
  int64_t all = 0;
  int64_t shipping = 0;
  int64_t goods = 0;
  int64_t tax = 0;
};

Paid PaidFor(const pb::OrderLine& line) {
  Paid paid;
  const int64_t shipping = line.has_shipping() ? NanosOf(line.shipping()) : 0;
  paid.tax = line.has_tax() ? NanosOf(line.tax()) : 0;
  if (line.has_line_total()) {
    paid.all = NanosOf(line.line_total());
  } else if (line.has_unit_price()) {
    const int64_t quantity = std::max(1, line.quantity());
    const int64_t most = std::numeric_limits<int64_t>::max() / 4 / quantity;
    paid.all = std::min(NanosOf(line.unit_price()), most) * quantity + shipping + paid.tax;
  }
  // The tax of a line is not told apart by what it is on, so either may have borne all of it.
  paid.shipping = shipping > 0 ? shipping + paid.tax : 0;
  paid.goods = std::max<int64_t>(0, paid.all - shipping);
  return paid;
}

std::map<std::string, Sums> RefundedBy(const std::vector<PostSaleRecord>& actions) {
  std::map<std::string, Sums> sums;
  for (const PostSaleRecord& action : actions) {
    const bool counts =
        action.kind == PostSaleKind::kRefund && (IsOpen(action.state) || action.state == PostSaleState::kDone);
    if (!counts) continue;
    for (const PostSaleLine& line : action.lines) {
      for (const RefundPart& part : line.parts) sums[line.external_id].Add(part);
    }
  }
  return sums;
}

void CheckParts(const PostSaleLine& line, const std::string& at, std::vector<FieldViolation>& violations) {
  std::set<int> seen;
  if (line.parts.empty()) violations.push_back({Concat(at, ".amounts"), "must name at least one amount"});
  for (size_t i = 0; i < line.parts.size(); ++i) {
    const RefundPart& part = line.parts[i];
    const std::string field = Concat(at, ".amounts[", i, "]");
    if (!pb::RefundComponent_IsValid(part.component) || part.component == pb::REFUND_COMPONENT_UNSPECIFIED) {
      violations.push_back({Concat(field, ".component"), "must say what the money was paid for"});
    } else if (!seen.insert(part.component).second) {
      violations.push_back({Concat(field, ".component"), "is named twice in one line"});
    }
    const bool is_amount = part.units >= 0 && part.units <= kMostRefundUnits && part.nanos >= 0 &&
                           part.nanos < kNanosOfAUnit && (part.units > 0 || part.nanos > 0);
    if (!is_amount) {
      violations.push_back({Concat(field, ".amount"), Concat("must be above 0, at most ", kMostRefundUnits)});
    }
  }
}

void CheckSums(const Sums& sums, const Paid& paid, const std::string& at, std::vector<FieldViolation>& violations) {
  const auto check = [&](int64_t asked, int64_t limit, std::string_view what) {
    if (asked <= limit) return;
    violations.push_back({Concat(at, ".amounts"), Concat(AmountText(asked), " would be given back for ", what, ", ",
                                                         AmountText(limit), " was paid")});
  };
  if (sums.all > paid.all) return check(sums.all, paid.all, "the line, with what was given back before");
  check(sums.goods, paid.goods, "the goods");
  check(sums.shipping, paid.shipping, "shipping");
  check(sums.tax, paid.tax, "tax");
}

}  // namespace

bool IsOpen(PostSaleState state) { return static_cast<int>(state) < static_cast<int>(PostSaleState::kDone); }

bool IsRetryable(PostSaleState state) {
  return state == PostSaleState::kWaiting || state == PostSaleState::kRejected || state == PostSaleState::kFailed;
}

absl::Status CheckCancellable(const OrderRecord& order, const std::vector<OrderLineRecord>& lines,
                              const std::vector<PostSaleRecord>& earlier) {
  if (order.fulfilment == Fulfilment::kMarketplace) {
    return NotCancellable(order, "the marketplace's warehouse ships it; cancel it there");
  }
  if (order.channel_id.empty()) return NotCancellable(order, "its marketplace is no channel here");
  switch (order.state) {
    case OrderState::kPending:
      return NotCancellable(order, "it is not paid yet, and only the buyer can cancel it");
    case OrderState::kDespatched:
      return NotCancellable(order, "it has left; refund it instead");
    case OrderState::kCancelled:
      return NotCancellable(order, "it is cancelled already");
    case OrderState::kHeld:
      return NotCancellable(order,
                            "its status at the marketplace is not known to this version; look at it there first");
    case OrderState::kOpen:
    case OrderState::kPartlyDespatched:
      break;
  }
  if (std::any_of(earlier.begin(), earlier.end(), IsOpenCancellation)) {
    return NotCancellable(order, "another cancellation of it is on its way; wait for what becomes of that one");
  }
  if (AllThatIsLeft(lines).empty()) return NotCancellable(order, "nothing of it is left");
  return absl::OkStatus();
}

absl::Status CheckRefundable(const OrderRecord& order, const std::vector<OrderLineRecord>& lines) {
  if (order.fulfilment == Fulfilment::kMarketplace) {
    return NotRefundable(order, "the marketplace ships it, and gives money back by itself");
  }
  if (order.channel_id.empty()) return NotRefundable(order, "its marketplace is no channel here");
  const bool any_left = std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.shipped > 0; });
  if (!any_left) return NotRefundable(order, "nothing of it has left; cancel it instead");
  return absl::OkStatus();
}

absl::StatusOr<Cancelled> UnitsToCancel(const std::vector<OrderLineRecord>& lines, const CancelWish& wish) {
  std::vector<FieldViolation> violations;
  if (!pb::CancelReason_IsValid(wish.cause) || wish.cause == pb::CANCEL_REASON_UNSPECIFIED)
    violations.push_back({"reason", "must say why"});
  Cancelled cancelled;
  if (wish.lines.empty()) {
    for (const DespatchLine& left : AllThatIsLeft(lines)) cancelled.lines.push_back({left.external_id, left.quantity});
  }
  std::set<std::string> named;
  for (size_t i = 0; i < wish.lines.size(); ++i) {
    const PostSaleLine& wanted = wish.lines[i];
    const std::string at = Concat("lines[", i, "]");
    const auto line = LineOf(lines, wanted.external_id);
    if (line == lines.end()) {
      violations.push_back({Concat(at, ".line"), Concat("the order has no line '", wanted.external_id, "'")});
    } else if (!named.insert(wanted.external_id).second) {
      violations.push_back({Concat(at, ".line"), "is named twice"});
    } else if (wanted.quantity < 1 || wanted.quantity > UnitsLeft(*line)) {
      violations.push_back({Concat(at, ".quantity"), UnitsLeft(*line) == 0
                                                         ? std::string("nothing of the line is left")
                                                         : Concat("must be 1..", UnitsLeft(*line), ", which is left")});
    } else {
      cancelled.lines.push_back({wanted.external_id, wanted.quantity});
    }
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  std::map<std::string, int32_t> units;
  for (PostSaleLine& line : cancelled.lines) {
    line.cancelled_then = LineOf(lines, line.external_id)->cancelled + line.quantity;
    units[line.external_id] = line.quantity;
  }
  // With a unit that left or was cancelled before, the marketplace takes "the whole order" for something else.
  cancelled.whole_order = std::all_of(lines.begin(), lines.end(), [&](const OrderLineRecord& line) {
    return line.shipped == 0 && line.cancelled == 0 && line.quantity > 0 && units[line.external_id] == line.quantity;
  });
  return cancelled;
}

absl::Status CheckRefund(const pb::Order& document, const std::vector<OrderLineRecord>& lines,
                         const std::vector<PostSaleRecord>& earlier, const RefundWish& wish) {
  std::vector<FieldViolation> violations;
  if (!pb::RefundReason_IsValid(wish.cause) || wish.cause == pb::REFUND_REASON_UNSPECIFIED)
    violations.push_back({"reason", "must say why"});
  if (wish.lines.empty()) violations.push_back({"lines", "must name at least one line"});
  std::map<std::string, Sums> sums = RefundedBy(earlier);
  std::set<std::string> named;
  for (size_t i = 0; i < wish.lines.size(); ++i) {
    const PostSaleLine& wanted = wish.lines[i];
    const std::string at = Concat("lines[", i, "]");
    const auto line = LineOf(lines, wanted.external_id);
    if (line == lines.end()) {
      violations.push_back({Concat(at, ".line"), Concat("the order has no line '", wanted.external_id, "'")});
      continue;
    }
    if (!named.insert(wanted.external_id).second) {
      violations.push_back({Concat(at, ".line"), "is named twice"});
      continue;
    }
    if (line->shipped == 0) {
      violations.push_back({Concat(at, ".line"), "nothing of it has left: money is given back for what has"});
      continue;
    }
    if (wanted.quantity < 0 || wanted.quantity > line->shipped)
      violations.push_back({Concat(at, ".quantity"), Concat("must be 0..", line->shipped, ", which has left")});
    const size_t wrong_before = violations.size();
    CheckParts(wanted, at, violations);
    if (violations.size() > wrong_before) continue;
    const auto paid_line =
        std::find_if(document.lines().begin(), document.lines().end(),
                     [&](const pb::OrderLine& each) { return each.external_id() == wanted.external_id; });
    const Paid paid = paid_line == document.lines().end() ? Paid() : PaidFor(*paid_line);
    if (paid.all == 0) {
      violations.push_back({Concat(at, ".amounts"), "what was paid for the line is not known here"});
      continue;
    }
    const std::string& currency =
        paid_line->has_line_total() ? paid_line->line_total().currency_code() : paid_line->unit_price().currency_code();
    if (wish.currency != currency) {
      violations.push_back({Concat(at, ".amounts"), Concat("must be in ", currency, ", as was paid")});
      continue;
    }
    for (const RefundPart& part : wanted.parts) sums[wanted.external_id].Add(part);
    CheckSums(sums[wanted.external_id], paid, at, violations);
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  return absl::OkStatus();
}

std::vector<OrderLineRecord> WithoutSpokenFor(std::vector<OrderLineRecord> lines,
                                              const std::vector<PostSaleRecord>& actions) {
  for (const PostSaleRecord& action : actions) {
    if (IsOpenCancellation(action)) lines = AfterCancellation(std::move(lines), action);
  }
  return lines;
}

std::vector<OrderLineRecord> AfterCancellation(std::vector<OrderLineRecord> lines, const PostSaleRecord& cancellation) {
  for (const PostSaleLine& gone : cancellation.lines) {
    const auto line = LineOf(lines, gone.external_id);
    if (line == lines.end()) continue;
    // Never more than has not left: a package that was reported meanwhile is one.
    const int32_t most = std::max(line->cancelled, line->quantity - line->shipped);
    line->cancelled = std::max(line->cancelled, std::min(gone.cancelled_then, most));
  }
  return lines;
}

OrderState StateAfterCancellation(OrderState before, const std::vector<OrderLineRecord>& lines) {
  const bool is_open = before == OrderState::kOpen || before == OrderState::kPartlyDespatched;
  if (!is_open || !AllThatIsLeft(lines).empty()) return before;
  const bool any_left = std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.shipped > 0; });
  return any_left ? OrderState::kDespatched : OrderState::kCancelled;
}

bool ShowsCancellation(const OrderRecord& order, const std::vector<OrderLineRecord>& lines,
                       const PostSaleRecord& cancellation) {
  if (order.state == OrderState::kCancelled) return true;
  return std::all_of(cancellation.lines.begin(), cancellation.lines.end(), [&](const PostSaleLine& gone) {
    const auto line = LineOf(lines, gone.external_id);
    return line != lines.end() && line->cancelled >= gone.cancelled_then;
  });
}

bool PutsBackOnSale(const PostSaleRecord& cancellation) { return cancellation.cause != pb::CANCEL_REASON_NO_INVENTORY; }

PostSaleGate PostSaleGateOf(const std::optional<ChannelRecord>& channel) {
  if (!channel.has_value()) {
    return {std::string(ReasonText(Reason::kChannelNotFound)),
            "the order's channel is not here (deleted, or never added); do it at the marketplace by hand"};
  }
  if (!channel->enabled) {
    return {"CHANNEL_DISABLED", Concat("channel ", channel->id, " is disabled; enable it and try again")};
  }
  return {};
}

}  // namespace quayside
