// One page of orders: pulled, checked, and stored with reservations, events and the next position in one transaction.
#include <algorithm>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/inventory/index/quantity_index.h"
#include "host/sync/backfill.h"
#include "host/sync/order_history.h"
#include "host/sync/order_pages.h"
#include "host/sync/order_recovery.h"
#include "host/sync/single_order.h"
#include "host/sync/step.h"
#include "host/sync/step_call.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// When the plugin names no time.
constexpr DurationUs kBetweenLooksUs = 4 * kMinuteUs;

// Where the live window begins when nobody has set it.
TimeUs LiveStart(const StepInputs& in) {
  return in.lane.backfill.start_us > 0 ? in.lane.backfill.start_us : in.clock.Now() - kLiveWindowUs;
}

absl::StatusOr<std::unique_ptr<OrderPage>> Pull(const StepInputs& in) {
  pb::PullOrdersRequest request;
  QS_RETURN_IF_ERROR(PutCursor(in, kOrderContract, request));
  request.set_changed_from_us(LiveStart(in));
  FailPoint("order-step-before-call");
  return PullOrderPage(in, request);
}

// The date of the oldest order of a sync, which ends with the page after which nothing is left for now.
void CountOldest(const pb::PullOrdersReply& reply, LaneRecord& lane) {
  for (const pb::Order& order : reply.orders()) {
    const TimeUs date = order.created_us() > 0 ? order.created_us() : order.updated_us();
    if (date > 0 && (lane.oldest_order_so_far_us == 0 || date < lane.oldest_order_so_far_us))
      lane.oldest_order_so_far_us = date;
  }
  if (reply.has_more() || lane.oldest_order_so_far_us == 0) return;
  lane.oldest_order_us = lane.oldest_order_so_far_us;
  lane.oldest_order_so_far_us = 0;
}

// A step that begins without a position is none by which the store could tell that the lane was restarted since: a
// channel was enabled whose orders this step did not ask for (RestartOrders).
absl::Status CheckNotRestarted(ReadTx& tx, const LaneRecord& lane) {
  if (lane.cursor != CursorRecord{}) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(lane.id));
  if (!stored.has_value() || stored->backfill.edits == lane.backfill.edits) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAborted, Reason::kLaneFenced,
                   Concat("lane ", lane.id, " was restarted while its first step was under way"), {{"lane", lane.id}});
}

absl::StatusOr<StepOutcome> Run(const StepInputs& in) {
  if (IsHistorysTurn(in)) return RunHistoryStep(in);
  // What a person asked for comes first; that it fails does not keep the others from coming in.
  absl::StatusOr<RecoveredOrders> recovered = RecoverOrders(in);
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<OrderPage> pulled, Pull(in));
  const pb::PullOrdersReply& reply = pulled->reply();
  QS_ASSIGN_OR_RETURN(const PreparedOrders page, PrepareOrders(in, *pulled));
  StepOutcome outcome;
  outcome.lane = in.lane;
  QS_ASSIGN_OR_RETURN(outcome.lane.cursor, CheckedCursor(in, kOrderContract, reply.next_cursor()));
  MarkSuccess(in, outcome.lane);
  CountOldest(reply, outcome.lane);
  if (in.lane.cursor == CursorRecord{}) outcome.lane.backfill.start_us = LiveStart(in);
  outcome.lane.backfill.next = false;
  const TimeUs live_due_us = reply.next_poll_us() > 0 ? reply.next_poll_us() : in.clock.Now() + kBetweenLooksUs;
  const bool history = !reply.has_more() && PlanHistory(in, live_due_us, outcome.lane);
  // With the last page of a window all orders up to its watermark are known; in the middle of one nobody knows.
  const TimeUs known_to_us = reply.has_more() || outcome.lane.cursor.watermark_us <= 0
                                 ? in.clock.Now()
                                 : std::min(in.clock.Now(), outcome.lane.cursor.watermark_us);
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  const LaneRecord lane_before_counts = outcome.lane;

  FailPoint("order-step-before-commit");
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(CheckNotRestarted(tx, in.lane));
    OrderImport import(tx, in.ids, in.cipher, in.clock.Now(), in.lane.account_id);
    for (const IncomingOrder& order : page.orders) QS_RETURN_IF_ERROR(import.Import(order));
    QS_ASSIGN_OR_RETURN(outcome.accounts_with_changed_targets, import.Finish(known_to_us));
    QS_RETURN_IF_ERROR(PutOrderLetters(tx, in, page.dead_letters));
    outcome.items = import.counts().received + import.counts().updated;
    outcome.lane = lane_before_counts;
    outcome.lane.items_total += outcome.items;
    return CommitStep(tx, in, outcome.lane, budgets);
  }));
  if (!recovered.ok()) {
    outcome.status = recovered.status();
  } else {
    for (std::string& account : recovered->accounts)
      outcome.accounts_with_changed_targets.push_back(std::move(account));
    outcome.items += recovered->items;
  }
  // Raises that waited for these orders, of whatever account.
  if (in.index != nullptr) {
    for (std::string& account : in.index->AccountsWithWork())
      outcome.accounts_with_changed_targets.push_back(std::move(account));
  }
  FailPoint("order-step-after-commit");
  outcome.bad_records = static_cast<int64_t>(page.dead_letters.size());
  outcome.more = reply.has_more() || history;
  outcome.next_run_us = reply.next_poll_us();
  return outcome;
}

}  // namespace

StepOutcome RunOrderStep(const StepInputs& in) {
  absl::StatusOr<StepOutcome> outcome = Run(in);
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = in.lane};
}

}  // namespace quayside
