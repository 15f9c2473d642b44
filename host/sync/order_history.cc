#include "host/sync/order_history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/plugin/manifest.h"
#include "host/sync/backfill.h"
#include "host/sync/order_pages.h"
#include "host/sync/single_order.h"
#include "host/sync/step_call.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kOperationsLookedAt = 1000;
// One is left for the live window.
constexpr double kSpareTokens = 2;

// Of every operation that the lane used in the last hour.
bool HasSpareAllowance(const StepInputs& in) {
  for (const BudgetStatus& budget : in.budgets.List({.account_id = in.lane.account_id, .limit = kOperationsLookedAt})) {
    const bool used = std::any_of(budget.used_by.begin(), budget.used_by.end(), [&](const LaneUsage& usage) {
      return usage.lane_id == in.lane.id && usage.last_hour > 0;
    });
    if (used && budget.record.tokens < std::min(kSpareTokens, budget.burst)) return false;
  }
  return true;
}

// A version that cannot read where the other one was begins the piece again: what is read twice changes nothing.
CursorRecord ReadableCursor(const pb::Manifest& manifest, const CursorRecord& cursor) {
  const pb::Contract* contract = FindContract(manifest, kOrderContract);
  if (contract == nullptr) return {};
  const auto& schemas = contract->reads_cursor_schemas();
  const bool reads = cursor.schema == contract->cursor_schema() ||
                     std::find(schemas.begin(), schemas.end(), cursor.schema) != schemas.end();
  return reads ? cursor : CursorRecord{};
}

// Everything that goes out of this moment's page of history.
struct HistoryPage {
  std::unique_ptr<OrderPage> pulled;
  PreparedOrders prepared;
  BackfillRecord backfill;  // as it is then, without the orders it brought
};

absl::StatusOr<HistoryPage> ReadHistoryPage(const StepInputs& in) {
  const TimeUs now = in.clock.Now();
  StepInputs within = in;
  within.lane.cursor = ReadableCursor(in.manifest, in.lane.backfill.cursor);
  const BackfillPiece piece = PieceOf(in.lane.backfill, now);
  pb::PullOrdersRequest request;
  QS_RETURN_IF_ERROR(PutCursor(within, kOrderContract, request));
  request.set_changed_from_us(piece.from_us);
  request.set_changed_to_us(piece.to_us);
  request.set_without_personal_data(!piece.personal_data);
  HistoryPage page;
  QS_ASSIGN_OR_RETURN(page.pulled, PullOrderPage(in, request));
  QS_ASSIGN_OR_RETURN(page.prepared, PrepareOrders(in, *page.pulled));
  page.backfill = in.lane.backfill;
  const pb::PullOrdersReply& reply = page.pulled->reply();
  QS_ASSIGN_OR_RETURN(page.backfill.cursor, CheckedCursor(within, kOrderContract, reply.next_cursor()));
  // A plugin that names a next time has not reached the end yet.
  const bool at_end =
      !reply.has_more() && (reply.next_poll_us() == 0 || page.backfill.cursor.watermark_us >= piece.to_us);
  if (at_end) CompletePiece(page.backfill, now);
  return page;
}

absl::Status TellTheEnd(Tx& tx, const StepInputs& in, const BackfillRecord& backfill) {
  if (backfill.done_us == 0) return absl::OkStatus();
  return tx
      .AppendEvent(
          {0, in.clock.Now(), "lane.backfilled", LaneName(in.lane.id), {{"orders", std::to_string(backfill.orders)}}})
      .status();
}

}  // namespace

bool PlanHistory(const StepInputs& in, TimeUs live_due_us, LaneRecord& lane) {
  BackfillRecord& backfill = lane.backfill;
  const TimeUs now = in.clock.Now();
  if (IsToBegin(backfill, now, in.history_us))
    backfill = BegunBackfill(backfill, now, now - in.history_us, backfill.start_us);
  backfill.live_due_us = live_due_us;
  backfill.next = IsUnderWay(backfill) && HasSpareAllowance(in);
  return backfill.next;
}

bool IsHistorysTurn(const StepInputs& in) {
  const BackfillRecord& backfill = in.lane.backfill;
  return backfill.next && IsUnderWay(backfill) && in.lane.failures == 0 && in.clock.Now() < backfill.live_due_us;
}

absl::StatusOr<StepOutcome> RunHistoryStep(const StepInputs& in) {
  QS_ASSIGN_OR_RETURN(const HistoryPage page, ReadHistoryPage(in));
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  StepOutcome outcome;
  LaneRecord lane = in.lane;
  lane.backfill = page.backfill;
  lane.backfill.next = IsUnderWay(page.backfill) && in.clock.Now() < page.backfill.live_due_us && HasSpareAllowance(in);
  lane.last_success_us = in.clock.Now();
  FailPoint("order-step-before-commit");
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    OrderImport import(tx, in.ids, in.cipher, in.clock.Now(), in.lane.account_id);
    for (const IncomingOrder& order : page.prepared.orders) QS_RETURN_IF_ERROR(import.Import(order));
    // The live window knows all younger ones.
    QS_ASSIGN_OR_RETURN(outcome.accounts_with_changed_targets,
                        import.Finish(std::min(in.clock.Now(), in.lane.cursor.watermark_us)));
    QS_RETURN_IF_ERROR(PutOrderLetters(tx, in, page.prepared.dead_letters));
    outcome.items = import.counts().received + import.counts().updated;
    outcome.lane = lane;
    outcome.lane.items_total += outcome.items;
    outcome.lane.backfill.orders += outcome.items;
    QS_RETURN_IF_ERROR(TellTheEnd(tx, in, outcome.lane.backfill));
    return CommitStep(tx, in, outcome.lane, budgets);
  }));
  FailPoint("order-step-after-commit");
  outcome.bad_records = static_cast<int64_t>(page.prepared.dead_letters.size());
  outcome.more = lane.backfill.next;
  outcome.next_run_us = lane.backfill.live_due_us;
  return outcome;
}

}  // namespace quayside
