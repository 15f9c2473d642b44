#include "host/sync/bulk_calls.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/sync/bulk_settle.h"

namespace quayside {
namespace {

constexpr DurationUs kShortestPollUs = 5 * kSecondUs;
constexpr DurationUs kFirstPollUs = 30 * kSecondUs;
constexpr DurationUs kLongestPollUs = 5 * kMinuteUs;
constexpr DurationUs kLatestPollUs = 30 * kMinuteUs;

}  // namespace

DurationUs PollDelay(DurationUs age_us) { return std::clamp(age_us / 8, kFirstPollUs, kLongestPollUs); }

TimeUs NextPoll(TimeUs asked_for_us, TimeUs now, DurationUs age_us) {
  if (asked_for_us <= 0) return now + PollDelay(age_us);
  return std::clamp(asked_for_us, now + kShortestPollUs, now + kLatestPollUs);
}

bool IsRefusedBeforeSending(const absl::Status& failure) {
  return IsForOperator(failure) || HasReason(failure, Reason::kRateLimited) ||
         HasReason(failure, Reason::kPluginQuarantined);
}

bool IsForOperator(const absl::Status& failure) {
  return failure.code() == absl::StatusCode::kUnauthenticated || failure.code() == absl::StatusCode::kPermissionDenied;
}

quayside::plugin::v1::Outcome OutcomeOfFailure(const absl::Status& failure, TimeUs now) {
  quayside::plugin::v1::Outcome outcome;
  if (IsRefusedBeforeSending(failure)) {
    outcome.mutable_retry()->set_at_us(std::max(RetryTimeOf(failure), now + kSecondUs));
    outcome.mutable_retry()->set_reason(ReasonOf(failure));
  } else {
    outcome.mutable_unknown()->set_message(std::string(failure.message()));
  }
  return outcome;
}

absl::Status AddIntent(const BulkItem& item,
                       google::protobuf::RepeatedPtrField<quayside::plugin::v1::QuantityIntent>& intents) {
  if (intents.Add()->ParseFromString(item.request)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                   Concat("the stored request of intent ", item.intent_id, " is unreadable"));
}

absl::StatusOr<std::vector<BulkItem>> OpenItems(const StepInputs& in, int64_t bulk_id) {
  std::vector<BulkItem> all;
  int64_t after = 0;
  for (bool last = false; !last;) {
    std::vector<BulkItem> page;
    QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(page, tx.ListBulkItems(bulk_id, after, kBulkPage));
      return absl::OkStatus();
    }));
    last = page.size() < static_cast<size_t>(kBulkPage);
    if (!page.empty()) after = page.back().intent_id;
    std::move(page.begin(), page.end(), std::back_inserter(all));
  }
  return all;
}

void NoteFailedCall(const StepInputs& in, std::string_view method, const absl::Status& failure, BulkRecord& bulk) {
  const TimeUs now = in.clock.Now();
  bulk.next_poll_us = NextPoll(RetryTimeOf(failure), now, now - bulk.sent_us);
  // Used-up allowance is the normal pace of a marketplace.
  if (HasReason(failure, Reason::kRateLimited)) return;
  bulk.progress = Concat(method, " failed: ", std::string(failure.message()));
  in.logger.Warning("a call about a document failed", {Field("lane", in.lane.id), Field("document", bulk.id),
                                                       Field("method", method), Field("error", failure)});
}

absl::Status StoreBulk(const StepInputs& in, const BulkRecord& bulk) {
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);
  return in.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutBulk(bulk));
    return CommitStep(tx, in, in.lane, budgets);
  });
}

}  // namespace quayside
