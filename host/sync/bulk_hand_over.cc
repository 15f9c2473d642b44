#include "host/sync/bulk_hand_over.h"

#include <algorithm>
#include <map>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/plugin/manifest.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/lane_id.h"
#include "host/sync/step_limit.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kDocumentsKnown = 50;
// A call that passed its deadline is cut off by the host's services well before this.
constexpr DurationUs kHandOverGraceUs = kMinuteUs;
constexpr DurationUs kDefaultStepUs = 60 * kSecondUs;
// When the plugin does not say when to try a document again.
constexpr DurationUs kNextTryUs = 5 * kMinuteUs;

struct Sealed {
  BulkRecord bulk;
  std::vector<BulkItem> items;
};

DurationUs LongestStep(const StepInputs& in) {
  return StepLimit(FindContract(in.manifest, ContractOf(Job::kInventory)), kDefaultStepUs, in.clock);
}

bool StillWanted(const std::optional<TargetRecord>& target, const BulkRecord& bulk, const BulkItem& item) {
  return target.has_value() && target->bulk_id == bulk.id && target->state == TargetState::kInBulk &&
         target->version == item.target_version;
}

// What changed since it was gathered leaves the document: it has not been sent, and an older number must not follow a
// newer one.
absl::StatusOr<Sealed> Seal(const StepInputs& in, BulkRecord bulk) {
  Sealed sealed{.bulk = std::move(bulk)};
  int64_t after = 0;
  for (bool last = false; !last;) {
    Sealed page;
    int64_t through = after;
    QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
      page = {.bulk = sealed.bulk};
      OversellLog log(tx, in.clock.Now());
      QS_ASSIGN_OR_RETURN(std::vector<BulkItem> items, tx.ListBulkItems(sealed.bulk.id, after, kBulkPage));
      last = items.size() < static_cast<size_t>(kBulkPage);
      if (!items.empty()) through = items.back().intent_id;
      for (BulkItem& item : items) {
        QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(sealed.bulk.account_id, item.sku));
        if (StillWanted(target, sealed.bulk, item)) {
          page.items.push_back(std::move(item));
          continue;
        }
        const IntentOutcome superseded{.id = item.intent_id, .state = IntentState::kSuperseded};
        QS_RETURN_IF_ERROR(SettleBulkItem(tx, in, log, page.bulk, {item, NumberInDocument::kNeverInForce, superseded}));
      }
      QS_RETURN_IF_ERROR(log.Commit());
      QS_RETURN_IF_ERROR(tx.PutBulk(page.bulk));
      return StayFenced(tx, in);
    }));
    sealed.bulk = page.bulk;
    std::move(page.items.begin(), page.items.end(), std::back_inserter(sealed.items));
    after = through;
  }
  return sealed;
}

absl::StatusOr<pb::PushRequest> RequestOf(const std::vector<BulkItem>& items) {
  pb::PushRequest request;
  for (const BulkItem& item : items) QS_RETURN_IF_ERROR(AddIntent(item, *request.mutable_intents()));
  return request;
}

HandOver AfterFailedCall(const absl::Status& failure) {
  HandOver over{.words = std::string(failure.message())};
  over.retry_at_us = RetryTimeOf(failure);
  over.result = IsRefusedBeforeSending(failure) ? HandOver::Result::kNothing : HandOver::Result::kUnknown;
  return over;
}

void Apply(const StepInputs& in, const HandOver& over, BulkRecord& bulk) {
  const TimeUs now = in.clock.Now();
  bulk.sent_by_us = 0;
  bulk.progress = over.words;
  switch (over.result) {
    case HandOver::Result::kTaken:
      bulk.state = BulkState::kInWork;
      bulk.handle = over.handle;
      bulk.next_poll_us = now + PollDelay(0);
      break;
    case HandOver::Result::kNothing:
      bulk.state = BulkState::kReleasing;
      bulk.next_poll_us = std::max(over.retry_at_us, now + kNextTryUs);
      break;
    case HandOver::Result::kUnknown:
      bulk.state = BulkState::kUnknown;
      bulk.sent_by_us = now;  // the call is over
      bulk.next_poll_us = now;
      break;
  }
}

absl::StatusOr<BulkRecord> StoreHandOver(const StepInputs& in, const BulkRecord& bulk, const HandOver& over) {
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  BulkRecord stored;
  // All or nothing: an item that is not in the document must not be asked for as if it were.
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    stored = bulk;
    Apply(in, over, stored);
    OversellLog log(tx, in.clock.Now());
    for (const BulkOutcome& outcome : over.settled) QS_RETURN_IF_ERROR(SettleBulkItem(tx, in, log, stored, outcome));
    QS_RETURN_IF_ERROR(log.Commit());
    if (over.result == HandOver::Result::kTaken)
      QS_RETURN_IF_ERROR(AppendDocumentEvent(tx, in, "document.handed_over", stored));
    QS_RETURN_IF_ERROR(tx.PutBulk(stored));
    return CommitStep(tx, in, in.lane, budgets);
  }));
  FailPoint("bulk-after-answer");
  return stored;
}

absl::StatusOr<pb::FindBulkRequest> QuestionFor(const StepInputs& in, const BulkRecord& bulk,
                                                const std::vector<BulkItem>& items) {
  pb::FindBulkRequest request;
  request.set_sent_from_us(bulk.sent_us);
  request.set_sent_to_us(bulk.sent_by_us);
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    request.clear_known_handles();
    QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> known,
                        tx.ListBulks({.account_id = bulk.account_id, .limit = kDocumentsKnown}));
    for (const BulkRecord& other : known) {
      if (other.id != bulk.id && !other.handle.empty()) request.add_known_handles(other.handle);
    }
    return absl::OkStatus();
  }));
  for (const BulkItem& item : items) QS_RETURN_IF_ERROR(AddIntent(item, *request.mutable_intents()));
  return request;
}

void Apply(const StepInputs& in, const pb::FindBulkReply& reply, BulkRecord& bulk) {
  const TimeUs now = in.clock.Now();
  if (reply.answer() == pb::FindBulkReply::ANSWER_FOUND && !reply.handle().empty()) {
    bulk.handle = reply.handle();
    bulk.sent_by_us = 0;
    bulk.next_poll_us = now;
    bulk.progress = "found at the marketplace after its answer was lost";
    if (bulk.state == BulkState::kUnknown) bulk.state = BulkState::kInWork;
  } else if (reply.answer() == pb::FindBulkReply::ANSWER_ABSENT) {
    bulk.state = BulkState::kReleasing;
    bulk.next_poll_us = now;
    bulk.progress = "it was not handed over";
  } else {
    bulk.next_poll_us = NextPoll(reply.ask_again_us(), now, now - bulk.sent_us);
    bulk.progress = "the answer to the hand-over was lost; it is not known yet whether it arrived";
  }
}

}  // namespace

HandOver ReadHandOver(const pb::PushReply& reply, const std::vector<BulkItem>& items) {
  std::map<std::string, const pb::Outcome*> outcomes;
  for (const pb::Outcome& outcome : reply.outcomes()) outcomes[outcome.intent_id()] = &outcome;
  HandOver over;
  bool unclear = false;
  for (const BulkItem& item : items) {
    const auto found = outcomes.find(Concat(item.intent_id));
    const pb::Outcome* outcome = found == outcomes.end() ? nullptr : found->second;
    if (outcome == nullptr || outcome->has_unknown() || outcome->result_case() == pb::Outcome::RESULT_NOT_SET) {
      unclear = true;
      if (outcome != nullptr) over.words = outcome->unknown().message();
    } else if (outcome->has_accepted()) {
      unclear = unclear || outcome->accepted().handle().empty() ||
                (!over.handle.empty() && over.handle != outcome->accepted().handle());
      over.handle = outcome->accepted().handle();
    } else {
      if (outcome->has_retry()) over.retry_at_us = std::max(over.retry_at_us, outcome->retry().at_us());
      if (std::optional<BulkOutcome> settled = ReadOutcome(item, *outcome); settled.has_value())
        over.settled.push_back(*std::move(settled));
    }
  }
  if (unclear) {
    // Nothing of it is taken for certain; find_bulk has the last word.
    over.handle.clear();
    over.settled.clear();
    over.result = HandOver::Result::kUnknown;
  } else {
    over.result = over.handle.empty() ? HandOver::Result::kNothing : HandOver::Result::kTaken;
  }
  return over;
}

absl::StatusOr<BulkRecord> HandOverDocument(const StepInputs& in, BulkRecord bulk) {
  QS_ASSIGN_OR_RETURN(Sealed sealed, Seal(in, std::move(bulk)));
  BulkRecord& sending = sealed.bulk;
  const TimeUs now = in.clock.Now();
  const bool empty = sealed.items.empty();
  sending.state = empty ? BulkState::kReleasing : BulkState::kSending;
  sending.sent_us = empty ? 0 : now;
  sending.sent_by_us = empty ? 0 : now + LongestStep(in) + kHandOverGraceUs;
  sending.next_poll_us = empty ? now + kNextTryUs : sending.sent_by_us;
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutBulk(sending));
    return StayFenced(tx, in);
  }));
  if (empty) return sending;
  FailPoint("bulk-before-hand-over");
  absl::StatusOr<pb::PushReply> reply;
  {
    QS_ASSIGN_OR_RETURN(const pb::PushRequest request, RequestOf(sealed.items));
    reply = CallPlugin<pb::PushReply>(in.plugin, kPushContract, "push_bulk", request);
  }
  FailPoint("bulk-after-hand-over");
  const HandOver over = reply.ok() ? ReadHandOver(*reply, sealed.items) : AfterFailedCall(reply.status());
  QS_ASSIGN_OR_RETURN(BulkRecord stored, StoreHandOver(in, sending, over));
  if (!reply.ok() && IsForOperator(reply.status())) return reply.status();
  return stored;
}

absl::StatusOr<BulkRecord> FindDocument(const StepInputs& in, BulkRecord bulk) {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkItem> items, OpenItems(in, bulk.id));
  QS_ASSIGN_OR_RETURN(const pb::FindBulkRequest request, QuestionFor(in, bulk, items));
  const auto reply = CallPlugin<pb::FindBulkReply>(in.plugin, kPushContract, "find_bulk", request);
  FailPoint("bulk-after-find");
  if (reply.ok()) {
    Apply(in, *reply, bulk);
  } else {
    NoteFailedCall(in, "find_bulk", reply.status(), bulk);
  }
  QS_RETURN_IF_ERROR(StoreBulk(in, bulk));
  if (!reply.ok() && IsForOperator(reply.status())) return reply.status();
  return bulk;
}

}  // namespace quayside
