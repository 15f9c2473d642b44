// Completeness: an account's orders against another list of them (order_sync/1 "enumerate"), a span at a time. Orders
// that are not known are asked for by id as a retried dead letter is (order_recovery.h), in the next step of the orders
// lane, and stay to be seen as one when they cannot be had.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utf8.h"
#include "host/orders/erasure.h"
#include "host/plugin/instance_config.h"
#include "host/sync/completeness.h"
#include "host/sync/lane_id.h"
#include "host/sync/letter_record.h"
#include "host/sync/single_order.h"
#include "host/sync/step.h"
#include "host/sync/step_call.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// While the orders are not known far enough.
constexpr DurationUs kLookAgainForOrdersUs = 10 * kMinuteUs;
constexpr size_t kMostSpanProgressBytes = 500;
constexpr int kLettersOfOneKey = 10;

class CompletenessStep {
 public:
  explicit CompletenessStep(const StepInputs& in)
      : in_(in), orders_lane_id_(AccountLaneId(in.lane.account_id, Job::kOrders)), outcome_{.lane = in.lane} {}

  absl::StatusOr<StepOutcome> Run();

 private:
  absl::Status ReadState();
  absl::Status StoreRecord();
  absl::StatusOr<pb::EnumerateOrdersReply> Ask();
  absl::Status TakeIn(const pb::EnumerateOrdersReply& reply);
  absl::StatusOr<bool> IsKnown(ReadTx& tx, const std::string& external_id);
  absl::Status AskForOrder(Tx& tx, const pb::EnumeratedOrder& order);
  // The plugin cannot read where it was: the span begins again, and the failure is the step's.
  absl::Status BeginAgain(const absl::Status& failure);

  const StepInputs& in_;
  const std::string orders_lane_id_;
  StepOutcome outcome_;
  CompletenessRecord record_;
  LaneRecord orders_;
  std::vector<std::string> marketplaces_;  // of enabled channels
  bool wanted_ = false;
};

absl::Status CompletenessStep::ReadState() {
  return in_.store.Read([&](ReadTx& tx) -> absl::Status {
    const std::string& account = in_.lane.account_id;
    QS_ASSIGN_OR_RETURN(std::optional<CompletenessRecord> record, tx.FindCompleteness(account));
    record_ = std::move(record).value_or(CompletenessRecord{.account_id = account});
    QS_ASSIGN_OR_RETURN(std::optional<LaneRecord> orders, tx.FindLane(orders_lane_id_));
    orders_ = std::move(orders).value_or(LaneRecord());
    marketplaces_.clear();
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels, ReadAllChannels(tx, account));
    for (const ChannelRecord& channel : channels) {
      if (channel.enabled) marketplaces_.push_back(channel.marketplace);
    }
    QS_ASSIGN_OR_RETURN(wanted_, IsRunWanted(tx, in_.lane));
    return absl::OkStatus();
  });
}

absl::Status CompletenessStep::StoreRecord() {
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutCompleteness(record_));
    return StayFenced(tx, in_);
  });
}

absl::StatusOr<pb::EnumerateOrdersReply> CompletenessStep::Ask() {
  StepInputs within = in_;
  within.lane.cursor = record_.cursor;
  pb::EnumerateOrdersRequest request;
  QS_RETURN_IF_ERROR(PutCursor(within, kOrderContract, request));
  request.set_changed_from_us(record_.from_us);
  request.set_changed_to_us(record_.to_us);
  for (const std::string& marketplace : marketplaces_) request.add_marketplaces(marketplace);
  QS_ASSIGN_OR_RETURN(auto reply,
                      (CallPlugin<pb::EnumerateOrdersReply>(in_.plugin, kOrderContract, "enumerate", request)));
  if (reply.has_more()) {
    QS_ASSIGN_OR_RETURN(record_.cursor, CheckedCursor(within, kOrderContract, reply.next_cursor()));
  }
  return reply;
}

// Stored, or a dead letter that is seen to or on its way.
absl::StatusOr<bool> CompletenessStep::IsKnown(ReadTx& tx, const std::string& external_id) {
  QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> order, tx.FindOrder(in_.lane.account_id, external_id));
  if (order.has_value()) return true;
  QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters,
                      tx.ListDeadLetters({.lane_id = orders_lane_id_, .key = external_id, .limit = kLettersOfOneKey}));
  return std::any_of(letters.begin(), letters.end(), [](const DeadLetterRecord& letter) {
    return letter.state != DeadLetterState::kRetried;  // discarded: somebody decided to do without it
  });
}

absl::Status CompletenessStep::AskForOrder(Tx& tx, const pb::EnumeratedOrder& order) {
  QS_ASSIGN_OR_RETURN(DeadLetterRecord letter, MakeLetter(in_.cipher, in_.ids, in_.clock.Now(),
                                                          {.lane_id = orders_lane_id_,
                                                           .key = order.external_id(),
                                                           .reason = kMissingOrderReason,
                                                           .state = DeadLetterState::kRetrying,
                                                           .form = DeadLetterForm::kRaw},
                                                          ""));
  QS_RETURN_IF_ERROR(PutOrderLetter(tx, in_.lane.account_id, letter));
  return tx
      .AppendEvent({0,
                    in_.clock.Now(),
                    "order.missing",
                    LaneName(in_.lane.id),
                    {{"external_id", order.external_id()},
                     {"marketplace", order.marketplace()},
                     {"status", order.raw_status()}}})
      .status();
}

absl::Status CompletenessStep::TakeIn(const pb::EnumerateOrdersReply& reply) {
  const std::vector<BudgetRecord> budgets = in_.budgets.TakeChanges(in_.lane.account_id);
  FailPoint("completeness-before-commit");
  const CompletenessRecord before = record_;
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    record_ = before;
    QS_ASSIGN_OR_RETURN(const std::optional<CompletenessRecord> stored, tx.FindCompleteness(record_.account_id));
    if (stored.has_value()) record_.recovered_total = stored->recovered_total;
    outcome_.items = 0;
    for (const pb::EnumeratedOrder& order : reply.orders()) {
      if (order.no_sale() || order.external_id().empty()) continue;
      ++record_.named;
      QS_ASSIGN_OR_RETURN(const bool known, IsKnown(tx, order.external_id()));
      if (known) continue;
      QS_RETURN_IF_ERROR(AskForOrder(tx, order));
      ++record_.missing;
      ++record_.missing_total;
      ++outcome_.items;
    }
    record_.unreadable += reply.bad_records_size();
    if (!reply.has_more()) {
      record_ = WithSpanEnded(record_, in_.clock.Now());
      QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                         in_.clock.Now(),
                                         "orders.compared",
                                         LaneName(in_.lane.id),
                                         {{"orders", Concat(record_.named)},
                                          {"missing", Concat(record_.missing)},
                                          {"unreadable", Concat(record_.unreadable)}}})
                             .status());
    }
    QS_RETURN_IF_ERROR(tx.PutCompleteness(record_));
    outcome_.lane = in_.lane;
    MarkSuccess(in_, outcome_.lane);
    outcome_.lane.items_total += outcome_.items;
    outcome_.lane.progress =
        reply.has_more() ? std::string(Utf8Beginning(reply.progress(), kMostSpanProgressBytes)) : std::string();
    return CommitStep(tx, in_, outcome_.lane, budgets);
  });
}

absl::Status CompletenessStep::BeginAgain(const absl::Status& failure) {
  if (!absl::IsInvalidArgument(failure) || record_.cursor == CursorRecord{}) return failure;
  record_.cursor = {};
  QS_RETURN_IF_ERROR(StoreRecord());
  return failure;
}

absl::StatusOr<StepOutcome> CompletenessStep::Run() {
  QS_RETURN_IF_ERROR(ReadState());
  const TimeUs now = in_.clock.Now();
  const bool given_up = IsGivenUp(record_, now);
  if (!IsUnderWay(record_) || given_up) {
    outcome_.next_run_us = given_up ? 0 : NextComparisonUs(record_, in_.completeness_us);
    if (now < outcome_.next_run_us && !wanted_) return outcome_;
    const std::optional<OrdersSpan> span = NextSpan(record_, orders_, now);
    outcome_.next_run_us = now + kLookAgainForOrdersUs;
    if (!span.has_value() || marketplaces_.empty()) return outcome_;
    record_ = WithSpanBegun(std::move(record_), *span, now);
    // Whatever the plugin orders for this span is found again, by the same span, when the answer is lost.
    QS_RETURN_IF_ERROR(StoreRecord());
    FailPoint("completeness-after-begin");
  }
  const CompletenessRecord asked = record_;
  const absl::StatusOr<pb::EnumerateOrdersReply> reply = Ask();
  if (!reply.ok()) {
    record_ = asked;
    return BeginAgain(reply.status());
  }
  QS_RETURN_IF_ERROR(TakeIn(*reply));
  FailPoint("completeness-after-commit");
  outcome_.bad_records = reply->bad_records_size();
  if (reply->has_more()) {
    outcome_.more = reply->next_poll_us() <= now;
    outcome_.next_run_us = reply->next_poll_us();
  } else {
    outcome_.next_run_us = std::max(now + kMinuteUs, NextComparisonUs(record_, in_.completeness_us));
  }
  return outcome_;
}

}  // namespace

StepOutcome RunCompletenessStep(const StepInputs& in) {
  CompletenessStep step(in);
  absl::StatusOr<StepOutcome> outcome = step.Run();
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = in.lane};
}

}  // namespace quayside
