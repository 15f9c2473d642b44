// One page of a channel's listings.
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/listings/listing_import.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kListingContract[] = "listing_sync/1";

absl::StatusOr<StepOutcome> RunListings(const StepInputs& in) {
  ChannelRecord channel;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(channel, tx.GetChannel(in.lane.channel_id));
    return absl::OkStatus();
  }));
  pb::PullListingsRequest request;
  QS_ASSIGN_OR_RETURN(*request.mutable_cursor(), CursorForCall(in, kListingContract));
  request.set_marketplace(channel.marketplace);
  QS_ASSIGN_OR_RETURN(const auto reply,
                      (CallPlugin<pb::PullListingsReply>(in.plugin, kListingContract, "pull", request)));

  StepOutcome outcome;
  outcome.lane = in.lane;
  QS_ASSIGN_OR_RETURN(outcome.lane.cursor, CheckedCursor(in, kListingContract, reply.next_cursor()));
  outcome.lane.last_success_us = in.clock.Now();
  outcome.lane.failures = 0;
  outcome.lane.last_error.clear();
  outcome.lane.last_error_reason.clear();
  outcome.items = reply.listings_size();
  outcome.lane.items_total += outcome.items;
  std::vector<DeadLetterRecord> letters;
  for (const pb::BadRecord& bad : reply.bad_records()) {
    QS_ASSIGN_OR_RETURN(letters.emplace_back(), MakeDeadLetter(in, bad.key(), bad.reason(), bad.raw()));
  }
  const std::vector<BudgetRecord> budgets = in.budgets.TakeChanges(in.lane.account_id);

  FailPoint("listing-step-before-commit");
  QS_RETURN_IF_ERROR(in.store.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ListingImportResult imported, ImportListings(tx, in.clock.Now(), channel, reply));
    outcome.accounts_with_changed_targets.clear();
    if (imported.targets_changed) outcome.accounts_with_changed_targets.push_back(channel.account_id);
    for (const DeadLetterRecord& letter : letters) QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
    return CommitStep(tx, in, outcome.lane, budgets);
  }));
  FailPoint("listing-step-after-commit");
  outcome.bad_records = static_cast<int64_t>(letters.size());
  outcome.more = reply.has_more();
  outcome.next_run_us = reply.next_poll_us();
  return outcome;
}

}  // namespace

StepOutcome RunListingStep(const StepInputs& in) {
  absl::StatusOr<StepOutcome> outcome = RunListings(in);
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = in.lane};
}

}  // namespace quayside
