// One step of an account's despatches: what was handed over is followed to its end, what nobody knows is asked, and
// what waits is confirmed (despatch_desk.h).
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/despatch_desk.h"

namespace quayside {
namespace {

absl::StatusOr<std::vector<DespatchBacklog>> CountOpen(const StepInputs& in) {
  std::vector<DespatchBacklog> open;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(open, tx.CountOpenDespatches(in.lane.account_id));
    return absl::OkStatus();
  }));
  return open;
}

std::string ProgressOf(const std::vector<DespatchBacklog>& open) {
  std::vector<std::string> parts;
  for (const DespatchBacklog& backlog : open) {
    if (backlog.state == DespatchState::kWaiting) parts.push_back(Concat(backlog.count, " to be confirmed"));
    if (backlog.state == DespatchState::kUnknown)
      parts.push_back(Concat(backlog.count, " of unknown outcome, being asked"));
    if (backlog.state == DespatchState::kAccepted)
      parts.push_back(Concat(backlog.count, " in the marketplace's hands"));
  }
  return parts.empty() ? std::string() : Concat("packages: ", absl::StrJoin(parts, ", "));
}

absl::Status CommitLane(const DespatchDesk& desk, StepOutcome& outcome) {
  const StepInputs& in = desk.in();
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  if (desk.failure().ok()) MarkSuccess(in, outcome.lane);
  outcome.lane.items_total += desk.items();
  // A crash before the next time is known must not let it wait for an older one.
  outcome.lane.next_run_us = 0;
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchBacklog> open, CountOpen(in));
  outcome.lane.progress = ProgressOf(open);
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) { return CommitStep(tx, in, outcome.lane, budgets); }));
  FailPoint("despatch-after-commit");
  return absl::OkStatus();
}

absl::StatusOr<TimeUs> NextTime(const DespatchDesk& desk) {
  QS_ASSIGN_OR_RETURN(const Packages waiting, desk.ListSendable());
  const DespatchPace pace = desk.Pace();
  TimeUs next = NextDespatch(waiting, pace, desk.now());
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchBacklog> open, CountOpen(desk.in()));
  for (const DespatchBacklog& backlog : open) {
    if (backlog.state == DespatchState::kAccepted) next = std::min(next, backlog.due_us);
    if (backlog.state == DespatchState::kUnknown) next = std::min(next, std::max(backlog.due_us, pace.looks.next_us));
  }
  return next;
}

absl::Status Run(DespatchDesk& desk, StepOutcome& outcome) {
  // A version that does not confirm despatches leaves everything where it is.
  if (desk.contract() == nullptr) {
    outcome.next_run_us = kNever;
    return CommitLane(desk, outcome);
  }
  QS_RETURN_IF_ERROR(TakeOrphans(desk));
  QS_RETURN_IF_ERROR(PollAccepted(desk));
  QS_RETURN_IF_ERROR(AskAboutUnknown(desk));
  // What one call failed at need not stop the others, unless only a person can help.
  if (!IsForOperator(desk.failure())) QS_RETURN_IF_ERROR(SendWaiting(desk));
  QS_RETURN_IF_ERROR(CommitLane(desk, outcome));
  if (!desk.failure().ok()) return desk.failure();
  QS_ASSIGN_OR_RETURN(outcome.next_run_us, NextTime(desk));
  outcome.more = outcome.next_run_us <= desk.now();
  return absl::OkStatus();
}

}  // namespace

StepOutcome RunDespatchStep(const StepInputs& in) {
  StepOutcome outcome{.lane = in.lane};
  DespatchDesk desk(in);
  outcome.status = Run(desk, outcome);
  // Also of a step that failed: what was written before stands.
  outcome.items = desk.items();
  outcome.bad_records = desk.bad_records();
  return outcome;
}

}  // namespace quayside
