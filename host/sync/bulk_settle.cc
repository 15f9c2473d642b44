#include "host/sync/bulk_settle.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/sync/quantity_events.h"
#include "host/sync/refusal_note.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kDocumentsKept = 50;
constexpr int64_t kReadBackSample = 200;
// The marketplace's own reading may be a little behind.
constexpr DurationUs kReadBackDelayUs = 2 * kMinuteUs;
// One that was passed by item is sent once more first.
constexpr DurationUs kReadBackAfterPassUs = 10 * kMinuteUs;

void Count(BulkRecord& bulk, NumberInDocument became) {
  switch (became) {
    case NumberInDocument::kInForce:
      ++bulk.done;
      break;
    case NumberInDocument::kRefused:
      ++bulk.rejected;
      break;
    case NumberInDocument::kUnknown:
      ++bulk.unknown;
      break;
    case NumberInDocument::kNeverInForce:
      --bulk.items;
      break;
  }
}

absl::Status TellOfTarget(Tx& tx, TimeUs now, const TargetRecord& target, const BulkOutcome& outcome) {
  const std::string quantity = Concat(outcome.item.quantity);
  if (outcome.became == NumberInDocument::kInForce) {
    return AppendQuantityEvent(tx, now, "quantity.accepted", target,
                               {{"quantity", quantity}, {"reference", outcome.intent.reference}});
  }
  if (outcome.became == NumberInDocument::kRefused) {
    return AppendQuantityEvent(tx, now, "quantity.rejected", target,
                               {{"quantity", quantity}, {"reason", outcome.intent.reason}});
  }
  return absl::OkStatus();
}

absl::Status EndIfAllSettled(Tx& tx, const StepInputs& in, BulkRecord& bulk) {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkItem> open, tx.ListBulkItems(bulk.id, 0, 1));
  if (!open.empty()) return absl::OkStatus();
  bulk.state = BulkState::kDone;
  bulk.ended_us = in.clock.Now();
  QS_RETURN_IF_ERROR(AppendDocumentEvent(tx, in, "document.ended", bulk));
  return tx.TrimBulks(bulk.account_id, kDocumentsKept);
}

}  // namespace

std::optional<BulkOutcome> ReadOutcome(const BulkItem& item, const pb::Outcome& outcome) {
  BulkOutcome read{.item = item, .intent = {.id = item.intent_id}};
  switch (outcome.result_case()) {
    case pb::Outcome::kDone:
      read.became = NumberInDocument::kInForce;
      read.intent.state = IntentState::kDone;
      read.intent.reference = outcome.done().reference();
      return read;
    case pb::Outcome::kRejected:
      read.became = NumberInDocument::kRefused;
      read.intent.state = IntentState::kRejected;
      read.intent.reason = outcome.rejected().reason();
      read.intent.message = outcome.rejected().message();
      return read;
    case pb::Outcome::kRetry:
      read.became = NumberInDocument::kNeverInForce;
      read.intent.state = IntentState::kRetried;
      read.intent.reason = outcome.retry().reason();
      return read;
    case pb::Outcome::kUnknown:
      read.became = NumberInDocument::kUnknown;
      read.intent.state = IntentState::kUnknown;
      read.intent.message = outcome.unknown().message();
      return read;
    case pb::Outcome::kAccepted:
    case pb::Outcome::RESULT_NOT_SET:
      break;
  }
  return std::nullopt;
}

absl::Status SettleBulkItem(Tx& tx, const StepInputs& in, OversellLog& log, BulkRecord& bulk,
                            const BulkOutcome& outcome) {
  IntentOutcome intent = outcome.intent;
  intent.handle = bulk.handle;
  intent.settled_us = in.clock.Now();
  QS_RETURN_IF_ERROR(tx.SettleIntent(intent));
  Count(bulk, outcome.became);
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(bulk.account_id, outcome.item.sku));
  if (!target.has_value() || target->bulk_id != bulk.id) return absl::OkStatus();
  const bool passed = target->passed_bulk;
  *target = AfterDocument(*std::move(target), outcome.item, outcome.became, in.clock.Now());
  // What passed the document was acknowledged before and counts now, unless it is sent once more.
  const bool acknowledged = passed ? target->state == TargetState::kCurrent && !target->accepted_stale
                                   : outcome.became == NumberInDocument::kInForce;
  if (acknowledged) log.Close(*target);
  if (target->state == TargetState::kParked) target->note = RefusalNote(intent.reason, intent.message);
  QS_RETURN_IF_ERROR(tx.PutTarget(*target));
  QS_RETURN_IF_ERROR(TellOfTarget(tx, in.clock.Now(), *target, outcome));
  if (!passed || outcome.became != NumberInDocument::kInForce) return absl::OkStatus();
  return tx.PutReadBack(
      {bulk.account_id, target->sku, target->owner_channel_id, bulk.id, in.clock.Now() + kReadBackAfterPassUs});
}

absl::StatusOr<BulkRecord> SettleBulk(const StepInputs& in, BulkRecord bulk, const std::vector<BulkOutcome>& outcomes,
                                      int64_t read_back_every) {
  size_t begin = 0;
  do {
    const size_t end = std::min(begin + kBulkPage, outcomes.size());
    BulkRecord settled;
    QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
      settled = bulk;
      OversellLog log(tx, in.clock.Now());
      for (size_t i = begin; i < end; ++i) {
        QS_RETURN_IF_ERROR(SettleBulkItem(tx, in, log, settled, outcomes[i]));
        const bool sampled = outcomes[i].became == NumberInDocument::kInForce && read_back_every > 0 &&
                             settled.done % read_back_every == 0;
        if (!sampled) continue;
        QS_ASSIGN_OR_RETURN(const auto target, tx.FindTarget(bulk.account_id, outcomes[i].item.sku));
        if (!target.has_value() || target->state != TargetState::kCurrent) continue;
        QS_RETURN_IF_ERROR(tx.PutReadBack(
            {bulk.account_id, target->sku, target->owner_channel_id, bulk.id, in.clock.Now() + kReadBackDelayUs}));
      }
      QS_RETURN_IF_ERROR(log.Commit());
      QS_RETURN_IF_ERROR(EndIfAllSettled(tx, in, settled));
      QS_RETURN_IF_ERROR(tx.PutBulk(settled));
      return StayFenced(tx, in);
    }));
    bulk = settled;
    begin = end;
    FailPoint("bulk-between-outcomes");
  } while (begin < outcomes.size());
  return bulk;
}

int64_t ReadBackEvery(int64_t items, const std::vector<BulkRecord>& documents) {
  const auto last = std::find_if(documents.begin(), documents.end(),
                                 [](const BulkRecord& bulk) { return bulk.state == BulkState::kDone; });
  if (last != documents.end() && last->mismatches > 0) return 1;
  return std::max<int64_t>(1, items / kReadBackSample);
}

absl::StatusOr<BulkRecord> ReleaseBulkPage(const StepInputs& in, BulkRecord bulk) {
  BulkRecord released;
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    released = bulk;
    OversellLog log(tx, in.clock.Now());
    QS_ASSIGN_OR_RETURN(const std::vector<BulkItem> items, tx.ListBulkItems(bulk.id, 0, kBulkPage));
    for (const BulkItem& item : items) {
      QS_RETURN_IF_ERROR(SettleBulkItem(
          tx, in, log, released,
          {.item = item,
           .became = NumberInDocument::kNeverInForce,
           .intent = {.id = item.intent_id, .state = IntentState::kRetried, .reason = "DOCUMENT_NOT_HANDED_OVER"}}));
    }
    QS_RETURN_IF_ERROR(log.Commit());
    if (items.size() < static_cast<size_t>(kBulkPage)) {
      released.state = BulkState::kWithdrawn;
      released.ended_us = in.clock.Now();
      QS_RETURN_IF_ERROR(AppendDocumentEvent(tx, in, "document.withdrawn", released));
      QS_RETURN_IF_ERROR(tx.TrimBulks(bulk.account_id, kDocumentsKept));
    }
    QS_RETURN_IF_ERROR(tx.PutBulk(released));
    return StayFenced(tx, in);
  }));
  FailPoint("bulk-between-releases");
  return released;
}

absl::Status AppendDocumentEvent(Tx& tx, const StepInputs& in, std::string type, const BulkRecord& bulk) {
  std::map<std::string, std::string> attributes = {{"document", Concat(bulk.id)},
                                                   {"quantities", Concat(bulk.items)},
                                                   {"accepted", Concat(bulk.done)},
                                                   {"rejected", Concat(bulk.rejected)},
                                                   {"unknown", Concat(bulk.unknown)}};
  if (!bulk.handle.empty()) attributes["handle"] = bulk.handle;
  return tx.AppendEvent({0, in.clock.Now(), std::move(type), LaneName(in.lane.id), std::move(attributes)}).status();
}

}  // namespace quayside
