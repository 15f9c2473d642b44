// One page of orders: pulled, checked, and stored with reservations, events and the next position in one transaction.
#include <algorithm>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/inventory/index/quantity_index.h"
#include "host/orders/erasure.h"
#include "host/orders/order_check.h"
#include "host/orders/order_document.h"
#include "host/orders/order_import.h"
#include "host/orders/order_page.h"
#include "host/sync/order_recovery.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kContract[] = "order_sync/1";
// The first run reads the recent days; older orders are a backfill's business.
constexpr DurationUs kLiveWindowUs = 7 * kDayUs;

struct Prepared {
  std::vector<IncomingOrder> orders;
  std::vector<DeadLetterRecord> dead_letters;
};

absl::StatusOr<std::unique_ptr<OrderPage>> Pull(const StepInputs& in) {
  pb::PullOrdersRequest request;
  QS_ASSIGN_OR_RETURN(*request.mutable_cursor(), CursorForCall(in, kContract));
  request.set_changed_from_us(in.clock.Now() - kLiveWindowUs);
  FailPoint("order-step-before-call");
  QS_ASSIGN_OR_RETURN(std::string bytes, in.plugin.Call(kContract, "pull", request.SerializeAsString()));
  std::unique_ptr<OrderPage> page = OrderPage::Parse(std::move(bytes));
  if (page != nullptr) return page;
  return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                   Concat(kContract, " pull: the plugin's reply is unreadable"));
}

absl::StatusOr<Prepared> Prepare(const StepInputs& in, const OrderPage& pulled) {
  Prepared page;
  const pb::PullOrdersReply& reply = pulled.reply();
  for (int i = 0; i < reply.orders_size(); ++i) {
    const pb::Order& order = reply.orders(i);
    if (const std::string problem = ProblemOf(order); !problem.empty()) {
      const std::string key = order.external_id().empty() ? Concat("order at ", in.clock.Now()) : order.external_id();
      QS_ASSIGN_OR_RETURN(page.dead_letters.emplace_back(),
                          MakeDeadLetter(in, key, problem, pulled.bytes_of_order(i), DeadLetterForm::kOrder));
      continue;
    }
    IncomingOrder incoming{.order = &order};
    QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(in.cipher, in.lane.account_id, order.external_id(),
                                                                    pulled.bytes_of_order(i)));
    page.orders.push_back(std::move(incoming));
  }
  for (const pb::BadRecord& bad : reply.bad_records()) {
    QS_ASSIGN_OR_RETURN(page.dead_letters.emplace_back(),
                        MakeDeadLetter(in, bad.key(), bad.reason(), bad.raw(), DeadLetterForm::kRaw));
  }
  return page;
}

// The date of the oldest order of a sync, which ends with the page after which nothing is left for now (domain 4.2).
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

absl::StatusOr<StepOutcome> Run(const StepInputs& in) {
  // What a person asked for comes first; that it fails does not keep the others from coming in.
  absl::StatusOr<RecoveredOrders> recovered = RecoverOrders(in);
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<OrderPage> pulled, Pull(in));
  const pb::PullOrdersReply& reply = pulled->reply();
  QS_ASSIGN_OR_RETURN(const Prepared page, Prepare(in, *pulled));
  StepOutcome outcome;
  outcome.lane = in.lane;
  QS_ASSIGN_OR_RETURN(outcome.lane.cursor, CheckedCursor(in, kContract, reply.next_cursor()));
  outcome.lane.last_success_us = in.clock.Now();
  outcome.lane.failures = 0;
  outcome.lane.last_error.clear();
  outcome.lane.last_error_reason.clear();
  CountOldest(reply, outcome.lane);
  // With the last page of a window all orders up to its watermark are known; in the middle of one nobody knows.
  const TimeUs known_to_us = reply.has_more() || outcome.lane.cursor.watermark_us <= 0
                                 ? in.clock.Now()
                                 : std::min(in.clock.Now(), outcome.lane.cursor.watermark_us);
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  const LaneRecord lane_before_counts = outcome.lane;

  FailPoint("order-step-before-commit");
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    OrderImport import(tx, in.ids, in.cipher, in.clock.Now(), in.lane.account_id);
    for (const IncomingOrder& order : page.orders) QS_RETURN_IF_ERROR(import.Import(order));
    QS_ASSIGN_OR_RETURN(outcome.accounts_with_changed_targets, import.Finish(known_to_us));
    for (const DeadLetterRecord& letter : page.dead_letters) {
      QS_RETURN_IF_ERROR(PutOrderLetter(tx, in.lane.account_id, letter));
      QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                         in.clock.Now(),
                                         "deadletter.created",
                                         LaneName(in.lane.id),
                                         {{"key", letter.key}, {"reason", letter.reason}}})
                             .status());
    }
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
  outcome.more = reply.has_more();
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
