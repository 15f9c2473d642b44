// Reconcile: what a channel shows against what it was sent, as its listings were last read. What nothing explains
// (inventory/drift.h) is asked of the marketplace once more, by the inventory lane's way of reading back, before it
// counts; then it is repaired as any quantity. A plugin that reads nothing back is taken at its listings' word.
//
// Less than was sent may be an order that never came in, and to send the old number again would sell it twice. So where
// orders are compared with another list of them, such a suspicion rests until that has been done up to the moment it is
// about.
//
// A comparison is a walk over the channel's listings in pieces, each a commit with its place, so that a crash goes on
// where it was. Before it, what is open from earlier ones is looked at again.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/inventory/drift.h"
#include "host/plugin/job_contract.h"
#include "host/sync/drift_book.h"
#include "host/sync/lane_id.h"
#include "host/sync/next_comparison.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

constexpr int kListingsCompared = 1000;
constexpr int kOpenAtOnce = 200;

class ReconcileStep {
 public:
  explicit ReconcileStep(const StepInputs& in)
      : in_(in),
        asks_(OffersMethod(in.manifest, ContractOf(Job::kReconcile), "read_back")),
        outcome_{.lane = in.lane} {}

  absl::StatusOr<StepOutcome> Run();

 private:
  // A listing whose quantity can be compared, as it is now.
  struct Pair {
    ListingRecord listing;
    TargetRecord target;
  };

  absl::Status ReadBeginning();
  absl::Status LookAtOpen();
  absl::Status LookAgain(Tx& tx, const DriftRecord& drift);
  absl::Status ComparePiece();
  absl::Status Suspect(Tx& tx, const std::string& sku);
  // The suspicion is ripe: the marketplace is asked, or the listing is believed.
  absl::Status Pursue(Tx& tx, const DriftRecord& suspicion, const Pair& pair);
  [[nodiscard]] bool IsRipe(const DriftRecord& suspicion) const {
    return suspicion.shown.value_or(0) >= suspicion.expected || suspicion.held_us <= proven_to_us_;
  }
  absl::Status Commit(Tx& tx);
  [[nodiscard]] StepOutcome Rest(TimeUs next_us);
  [[nodiscard]] TimeUs DueUs() const { return NextComparisonUs(channel_.id, check_.ended_us, in_.reconcile_us); }

  absl::StatusOr<std::optional<Pair>> FindPair(ReadTx& tx, const std::string& sku);
  [[nodiscard]] QuantityComparison Compare(const Pair& pair) const {
    return CompareQuantity(pair.target, {pair.listing.quantity_seen, pair.listing.seen_us}, orders_);
  }
  absl::Status AskFor(Tx& tx, const std::string& sku);

  const StepInputs& in_;
  const bool asks_;
  StepOutcome outcome_;
  ChannelRecord channel_;
  KnownOrders orders_;
  TimeUs proven_to_us_ = 0;  // the account's orders are compared with another list up to here
  DriftCheckRecord check_;   // its place and what was counted on the way; the sums are the store's
  bool wanted_ = false;
  bool touched_ = false;  // the account's inventory lane has something to do
};

absl::Status ReconcileStep::ReadBeginning() {
  return in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(channel_, tx.GetChannel(in_.lane.channel_id));
    QS_ASSIGN_OR_RETURN(std::optional<DriftCheckRecord> check, tx.FindDriftCheck(channel_.id));
    check_ = std::move(check).value_or(DriftCheckRecord{.channel_id = channel_.id, .account_id = channel_.account_id});
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> orders,
                        tx.FindLane(AccountLaneId(channel_.account_id, Job::kOrders)));
    orders_ = {.sells = in_.brings_orders(channel_.account_id),
               .to_us = orders.has_value() ? orders->cursor.watermark_us : 0};
    const bool compares_orders =
        orders_.sells && in_.completeness_us > 0 && OffersJob(in_.manifest, Job::kCompleteness);
    QS_ASSIGN_OR_RETURN(const std::optional<CompletenessRecord> completeness, tx.FindCompleteness(channel_.account_id));
    proven_to_us_ = !compares_orders ? kNever : completeness.has_value() ? completeness->checked_to_us : 0;
    QS_ASSIGN_OR_RETURN(wanted_, IsRunWanted(tx, in_.lane));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<ReconcileStep::Pair>> ReconcileStep::FindPair(ReadTx& tx, const std::string& sku) {
  QS_ASSIGN_OR_RETURN(std::optional<ListingRecord> listing, tx.FindListing(channel_.id, sku));
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(channel_.account_id, sku));
  if (!listing.has_value() || !target.has_value() || !HasQuantityToCompare(*listing, *target)) return std::nullopt;
  return Pair{*std::move(listing), *std::move(target)};
}

absl::Status ReconcileStep::AskFor(Tx& tx, const std::string& sku) {
  touched_ = true;
  return tx.PutReadBack(
      {.account_id = channel_.account_id, .sku = sku, .channel_id = channel_.id, .due_us = in_.clock.Now()});
}

absl::Status ReconcileStep::Pursue(Tx& tx, const DriftRecord& suspicion, const Pair& pair) {
  if (asks_) return AskFor(tx, suspicion.sku);
  touched_ = true;
  QS_RETURN_IF_ERROR(ConfirmDrift(tx, in_.clock.Now(), suspicion, pair.listing.quantity_seen));
  return TakeForShown(tx, in_.clock.Now(), pair.target, pair.listing.quantity_seen);
}

absl::Status ReconcileStep::LookAgain(Tx& tx, const DriftRecord& drift) {
  QS_ASSIGN_OR_RETURN(const std::optional<Pair> pair, FindPair(tx, drift.sku));
  if (!pair.has_value()) return DropDrift(tx, drift);
  const bool confirmed = drift.state == DriftState::kConfirmed;
  const QuantityComparison comparison = Compare(*pair);
  const bool agrees = comparison == QuantityComparison::kAgrees;
  if (agrees && (!confirmed || pair->listing.seen_us > drift.found_us)) return CloseDrift(tx, in_.clock.Now(), drift);
  if (!IsSettled(pair->target)) return absl::OkStatus();
  if (confirmed) {
    const TimeUs shows_us = std::max(pair->target.accepted_us, drift.found_us) + kQuantityShowsAfterUs;
    return asks_ && shows_us <= in_.clock.Now() ? AskFor(tx, drift.sku) : absl::OkStatus();
  }
  // Sent anew since: that is another matter.
  if (drift.expected != *pair->target.accepted) return CloseDrift(tx, in_.clock.Now(), drift);
  const bool believed = asks_ || comparison == QuantityComparison::kDiffers;
  return believed && IsRipe(drift) ? Pursue(tx, drift, *pair) : absl::OkStatus();
}

absl::Status ReconcileStep::LookAtOpen() {
  bool any = false;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<DriftRecord> first, tx.ListDrifts(channel_.id, "", 1));
    any = !first.empty();
    return absl::OkStatus();
  }));
  // Most channels have none, and are not written to for that.
  if (!any) return absl::OkStatus();
  for (std::string after;;) {
    std::vector<DriftRecord> open;
    QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(open, tx.ListDrifts(channel_.id, after, kOpenAtOnce));
      for (const DriftRecord& drift : open) QS_RETURN_IF_ERROR(LookAgain(tx, drift));
      return StayFenced(tx, in_);
    }));
    if (static_cast<int>(open.size()) < kOpenAtOnce) return absl::OkStatus();
    after = open.back().sku;
  }
}

// What is written follows from what is true inside the transaction: the quantity may have been sent meanwhile.
absl::Status ReconcileStep::Suspect(Tx& tx, const std::string& sku) {
  QS_ASSIGN_OR_RETURN(const std::optional<Pair> pair, FindPair(tx, sku));
  if (!pair.has_value() || Compare(*pair) != QuantityComparison::kDiffers) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const std::optional<DriftRecord> known, tx.FindDrift(channel_.id, sku));
  // It is asked for already, or will be.
  if (known.has_value() && (asks_ || known->state == DriftState::kSuspected)) return absl::OkStatus();
  DriftRecord drift =
      known.value_or(DriftRecord{.channel_id = channel_.id, .sku = sku, .account_id = channel_.account_id});
  drift.expected = *pair->target.accepted;
  drift.shown = pair->listing.quantity_seen;
  drift.held_us = pair->listing.seen_us;
  ++outcome_.items;
  if (!known.has_value()) QS_RETURN_IF_ERROR(tx.PutDrift(drift));
  return IsRipe(drift) ? Pursue(tx, drift, *pair) : absl::OkStatus();
}

// The place and the lane; what is counted in all stays as others have left it.
absl::Status ReconcileStep::Commit(Tx& tx) {
  QS_ASSIGN_OR_RETURN(std::optional<DriftCheckRecord> stored, tx.FindDriftCheck(channel_.id));
  if (stored.has_value()) {
    check_.found = stored->found;
    check_.repaired = stored->repaired;
    check_.dismissed = stored->dismissed;
  }
  QS_RETURN_IF_ERROR(tx.PutDriftCheck(check_));
  MarkSuccess(in_, outcome_.lane);
  outcome_.lane.progress =
      check_.begun_us == 0 ? std::string() : Concat("compared ", check_.compared, " quantities so far");
  return CommitStep(tx, in_, outcome_.lane, {});
}

absl::Status ReconcileStep::ComparePiece() {
  std::vector<ListingRecord> listings;
  std::vector<std::string> suspects;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(
        listings,
        tx.ListListings({.channel_id = channel_.id, .after_sku = check_.through_sku, .limit = kListingsCompared}));
    for (const ListingRecord& listing : listings) {
      QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(channel_.account_id, listing.sku));
      if (!target.has_value() || !HasQuantityToCompare(listing, *target)) continue;
      const QuantityComparison comparison = Compare({listing, *std::move(target)});
      if (comparison == QuantityComparison::kUnsettled) ++check_.unsettled;
      if (comparison == QuantityComparison::kAgrees || comparison == QuantityComparison::kDiffers) ++check_.compared;
      if (comparison == QuantityComparison::kDiffers) suspects.push_back(listing.sku);
    }
    return absl::OkStatus();
  }));
  outcome_.more = static_cast<int>(listings.size()) == kListingsCompared;
  if (outcome_.more) {
    check_.through_sku = listings.back().sku;
  } else {
    check_.ended_us = in_.clock.Now();
    check_.last_compared = std::exchange(check_.compared, 0);
    check_.last_unsettled = std::exchange(check_.unsettled, 0);
    outcome_.next_run_us = DueUs();
    check_.begun_us = 0;
    check_.through_sku.clear();
  }
  FailPoint("reconcile-before-commit");
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    outcome_.items = 0;
    for (const std::string& sku : suspects) QS_RETURN_IF_ERROR(Suspect(tx, sku));
    outcome_.lane.items_total = in_.lane.items_total + outcome_.items;
    return Commit(tx);
  });
}

StepOutcome ReconcileStep::Rest(TimeUs next_us) {
  outcome_.next_run_us = next_us;
  return outcome_;
}

absl::StatusOr<StepOutcome> ReconcileStep::Run() {
  QS_RETURN_IF_ERROR(ReadBeginning());
  const TimeUs now = in_.clock.Now();
  if (check_.begun_us == 0) {
    if (now < DueUs() && !wanted_) return Rest(DueUs());
    QS_RETURN_IF_ERROR(LookAtOpen());
    check_.begun_us = now;
  }
  QS_RETURN_IF_ERROR(ComparePiece());
  FailPoint("reconcile-after-commit");
  outcome_.next_run_us = std::max(outcome_.next_run_us, now + kMinuteUs);
  if (touched_) outcome_.accounts_with_changed_targets.push_back(channel_.account_id);
  return outcome_;
}

}  // namespace

StepOutcome RunReconcileStep(const StepInputs& in) {
  ReconcileStep step(in);
  absl::StatusOr<StepOutcome> outcome = step.Run();
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = in.lane};
}

}  // namespace quayside
