// One step of an account's post-sale work: what was handed over is followed to its end, what nobody knows is asked, and
// what waits is handed over (post_sale_desk.h).
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/post_sale_desk.h"

namespace quayside {
namespace {

absl::StatusOr<std::vector<PostSaleBacklog>> CountActions(const StepInputs& in) {
  std::vector<PostSaleBacklog> open;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(open, tx.CountOpenPostSales(in.lane.account_id));
    return absl::OkStatus();
  }));
  return open;
}

std::string ProgressOfActions(const std::vector<PostSaleBacklog>& open) {
  std::vector<std::string> parts;
  for (const PostSaleBacklog& backlog : open) {
    if (backlog.state == PostSaleState::kWaiting) parts.push_back(Concat(backlog.count, " to be handed over"));
    if (backlog.state == PostSaleState::kUnknown)
      parts.push_back(Concat(backlog.count, " of unknown outcome, being asked"));
    if (backlog.state == PostSaleState::kAccepted)
      parts.push_back(Concat(backlog.count, " in the marketplace's hands"));
    if (backlog.state == PostSaleState::kUnclear)
      parts.push_back(Concat(backlog.count, " unclear, to be looked up at the marketplace"));
  }
  return parts.empty() ? std::string() : Concat("cancellations and refunds: ", absl::StrJoin(parts, ", "));
}

absl::Status CommitActionLane(const PostSaleDesk& desk, StepOutcome& outcome) {
  const StepInputs& in = desk.in();
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  if (desk.failure().ok()) MarkSuccess(in, outcome.lane);
  outcome.lane.items_total += desk.items();
  // A crash before the next time is known must not let it wait for an older one.
  outcome.lane.next_run_us = 0;
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleBacklog> open, CountActions(in));
  outcome.lane.progress = ProgressOfActions(open);
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) { return CommitStep(tx, in, outcome.lane, budgets); }));
  FailPoint("post-sale-after-commit");
  return absl::OkStatus();
}

absl::StatusOr<TimeUs> NextActionTime(const PostSaleDesk& desk) {
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleBacklog> open, CountActions(desk.in()));
  const bool any_unknown = std::any_of(open.begin(), open.end(), [](const PostSaleBacklog& backlog) {
    return backlog.state == PostSaleState::kUnknown;
  });
  TimeUs next = kNever;
  for (const PostSaleBacklog& backlog : open) {
    // What waits goes when the unknown ones are settled, and they have their own time.
    if (backlog.state == PostSaleState::kWaiting && any_unknown) continue;
    next = std::min(next, backlog.due_us);
  }
  return next;
}

absl::Status RunActions(PostSaleDesk& desk, StepOutcome& outcome) {
  // A version that takes nothing back leaves everything where it is.
  if (desk.contract() == nullptr) {
    outcome.next_run_us = kNever;
    return CommitActionLane(desk, outcome);
  }
  QS_RETURN_IF_ERROR(TakeLostActions(desk));
  QS_RETURN_IF_ERROR(PollActions(desk));
  QS_RETURN_IF_ERROR(FindActions(desk));
  QS_RETURN_IF_ERROR(LookAtOrders(desk));
  // What one call failed at need not stop the others, unless only a person can help.
  if (!IsForOperator(desk.failure())) QS_RETURN_IF_ERROR(SendActions(desk));
  QS_RETURN_IF_ERROR(CommitActionLane(desk, outcome));
  if (!desk.failure().ok()) return desk.failure();
  QS_ASSIGN_OR_RETURN(outcome.next_run_us, NextActionTime(desk));
  outcome.more = outcome.next_run_us <= desk.now();
  return absl::OkStatus();
}

}  // namespace

StepOutcome RunPostSaleStep(const StepInputs& in) {
  StepOutcome outcome{.lane = in.lane};
  PostSaleDesk desk(in);
  outcome.status = RunActions(desk, outcome);
  // Also of a step that failed: what was written before stands.
  outcome.items = desk.items();
  outcome.bad_records = desk.bad_records();
  outcome.accounts_with_changed_targets = desk.accounts();
  return outcome;
}

}  // namespace quayside
