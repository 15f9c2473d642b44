#include "host/sync/bulk_watch.h"

#include <map>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/bulk_settle.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kDocumentsLookedAt = 10;

std::vector<BulkOutcome> OutcomesOf(const pb::PollReply& reply, const std::vector<BulkItem>& items) {
  std::map<std::string, const pb::Outcome*> by_id;
  for (const pb::Outcome& outcome : reply.outcomes()) by_id[outcome.intent_id()] = &outcome;
  std::vector<BulkOutcome> outcomes;
  for (const BulkItem& item : items) {
    const auto found = by_id.find(Concat(item.intent_id));
    if (found == by_id.end()) continue;
    if (auto outcome = ReadOutcome(item, *found->second); outcome.has_value()) outcomes.push_back(*std::move(outcome));
  }
  return outcomes;
}

absl::StatusOr<int64_t> SampleOf(const StepInputs& in, const BulkRecord& bulk) {
  int64_t every = 0;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> recent,
                        tx.ListBulks({.account_id = bulk.account_id, .limit = kDocumentsLookedAt}));
    every = ReadBackEvery(bulk.items, recent);
    return absl::OkStatus();
  }));
  return every;
}

absl::StatusOr<BulkRecord> StorePoll(const StepInputs& in, BulkRecord bulk, const pb::PollReply& reply,
                                     const std::vector<BulkItem>& items) {
  const TimeUs now = in.clock.Now();
  bulk.progress = reply.progress();
  bulk.next_poll_us = NextPoll(reply.next_poll_us(), now, now - bulk.sent_us);
  const std::vector<BulkOutcome> outcomes = OutcomesOf(reply, items);
  QS_ASSIGN_OR_RETURN(const int64_t every, SampleOf(in, bulk));
  return SettleBulk(in, std::move(bulk), outcomes, every);
}

}  // namespace

absl::StatusOr<BulkRecord> PollDocument(const StepInputs& in, BulkRecord bulk) {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkItem> items, OpenItems(in, bulk.id));
  pb::PollRequest request;
  pb::AcceptedIntents* accepted = request.add_accepted();
  accepted->set_handle(bulk.handle);
  accepted->set_sent_us(bulk.sent_us);
  for (const BulkItem& item : items) QS_RETURN_IF_ERROR(AddIntent(item, *accepted->mutable_intents()));
  const auto reply = CallPlugin<pb::PollReply>(in.plugin, kPushContract, "poll", request);
  FailPoint("bulk-after-poll");
  if (reply.ok()) return StorePoll(in, std::move(bulk), *reply, items);
  NoteFailedCall(in, "poll", reply.status(), bulk);
  QS_RETURN_IF_ERROR(StoreBulk(in, bulk));
  if (IsForOperator(reply.status())) return reply.status();
  return bulk;
}

absl::StatusOr<BulkRecord> EscapeDocument(const StepInputs& in, BulkRecord bulk) {
  bool withdrawn = false;
  absl::Status failure;
  if (!bulk.handle.empty()) {
    pb::WithdrawBulkRequest request;
    request.set_handle(bulk.handle);
    const auto reply = CallPlugin<pb::WithdrawBulkReply>(in.plugin, kPushContract, "withdraw_bulk", request);
    FailPoint("bulk-after-withdraw");
    // After a failure it may be withdrawn all the same; then poll says so of its items.
    if (!reply.ok()) failure = reply.status();
    withdrawn = reply.ok() && reply->withdrawn();
  }
  bulk.state = withdrawn ? BulkState::kReleasing : BulkState::kStuck;
  bulk.progress = withdrawn ? "withdrawn: it took too long; its quantities go one by one"
                            : "it takes too long; its quantities go one by one";
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    if (!withdrawn) QS_RETURN_IF_ERROR(AppendDocumentEvent(tx, in, "document.stuck", bulk));
    QS_RETURN_IF_ERROR(tx.PutBulk(bulk));
    return CommitStep(tx, in, in.lane, budgets);
  }));
  if (IsForOperator(failure)) return failure;
  return bulk;
}

absl::StatusOr<Freed> FreeDocumentPage(const StepInputs& in, BulkRecord bulk) {
  Freed freed;
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    freed = {.bulk = bulk};
    QS_ASSIGN_OR_RETURN(const int64_t through, tx.FreeBulkTargets(bulk.id, bulk.freed_through, kBulkPage));
    freed.more = through != 0;
    freed.bulk.freed_through = freed.more ? through : kAllFreed;
    QS_RETURN_IF_ERROR(tx.PutBulk(freed.bulk));
    return StayFenced(tx, in);
  }));
  FailPoint("bulk-between-frees");
  return freed;
}

absl::StatusOr<BulkRecord> GiveDocumentUp(const StepInputs& in, BulkRecord bulk) {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkItem> items, OpenItems(in, bulk.id));
  std::vector<BulkOutcome> outcomes;
  outcomes.reserve(items.size());
  for (const BulkItem& item : items) {
    outcomes.push_back({.item = item,
                        .became = NumberInDocument::kUnknown,
                        .intent = {.id = item.intent_id,
                                   .state = IntentState::kUnknown,
                                   .message = "the marketplace never ended the document it was in"}});
  }
  return SettleBulk(in, std::move(bulk), outcomes, 0);
}

}  // namespace quayside
