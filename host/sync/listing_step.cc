// A channel's listings: one page, or some pieces of the end of a complete pass.
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utf8.h"
#include "host/listings/listing_check.h"
#include "host/listings/listing_import.h"
#include "host/listings/listing_pass.h"
#include "host/sync/letter_record.h"
#include "host/sync/step.h"
#include "host/sync/step_call.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kListingContract[] = "listing_sync/1";
// The writer is held for so many listings at once; a plugin's page is rarely longer.
constexpr size_t kListingsAtOnce = 2000;
// Of kVanishPiece listings; a million take 25 steps.
constexpr int kPiecesPerStep = 20;
constexpr size_t kMaxProgressBytes = 500;

class ListingStep {
 public:
  explicit ListingStep(const StepInputs& in) : in_(in), lane_(in.lane) {}

  absl::StatusOr<StepOutcome> Run() {
    // Before the wishes are read: one that comes later is not heard, and a pass begun now does not fulfil it.
    asked_us_ = in_.clock.Now();
    QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(channel_, tx.GetChannel(in_.lane.channel_id));
      // What people and earlier commits of this claim left there.
      QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(in_.lane.id));
      if (stored.has_value()) {
        lane_.pass = stored->pass;
        lane_.progress = stored->progress;
        lane_.want_pass_us = stored->want_pass_us;
      }
      return absl::OkStatus();
    }));
    return lane_.pass.vanishing ? GoOnVanishing() : Pull();
  }

  // As it was committed last.
  [[nodiscard]] const LaneRecord& lane() const { return lane_; }

 private:
  absl::StatusOr<StepOutcome> Pull();
  absl::StatusOr<StepOutcome> GoOnVanishing();
  absl::StatusOr<std::vector<DeadLetterRecord>> Sort(const pb::PullListingsReply& reply);
  // All of the page but its last piece, each in a commit of its own; what is left.
  absl::StatusOr<std::span<const pb::Listing* const>> ImportAllButLast(const pb::PullListingsReply& reply);
  absl::Status Import(Tx& tx, const pb::PullListingsReply& reply, std::span<const pb::Listing* const> listings);
  absl::Status CommitPage(const pb::PullListingsReply& reply, const LaneRecord& next,
                          const std::vector<DeadLetterRecord>& letters);
  absl::Status TellPass(Tx& tx, std::string type, const PassRecord& pass);
  [[nodiscard]] TimeUs NextRun(const pb::PullListingsReply& reply) const;

  const StepInputs& in_;
  LaneRecord lane_;
  ChannelRecord channel_;
  std::vector<const pb::Listing*> listings_;  // of the reply, those that can be stored
  TimeUs asked_us_ = 0;
  bool targets_changed_ = false;
};

absl::StatusOr<std::vector<DeadLetterRecord>> ListingStep::Sort(const pb::PullListingsReply& reply) {
  std::vector<DeadLetterRecord> letters;
  for (const pb::Listing& listing : reply.listings()) {
    const std::string problem = ProblemOf(listing);
    if (problem.empty()) {
      listings_.push_back(&listing);
      continue;
    }
    const std::string record = listing.SerializeAsString();
    // When it was held differs from reading to reading.
    pb::Listing timeless = listing;
    timeless.clear_as_of_us();
    const std::string key =
        listing.sku().empty() ? NamelessKey("listing", timeless.SerializeAsString()) : listing.sku();
    QS_ASSIGN_OR_RETURN(letters.emplace_back(),
                        MakeDeadLetter(in_, std::string(Utf8Beginning(key, kMaxListingSkuBytes)), problem, record,
                                       DeadLetterForm::kListing));
  }
  for (const pb::BadRecord& bad : reply.bad_records()) {
    QS_ASSIGN_OR_RETURN(letters.emplace_back(),
                        MakeDeadLetter(in_, bad.key(), bad.reason(), bad.raw(), DeadLetterForm::kRaw));
  }
  return letters;
}

absl::StatusOr<StepOutcome> ListingStep::Pull() {
  pb::PullListingsRequest request;
  QS_RETURN_IF_ERROR(PutCursor(in_, kListingContract, request));
  request.set_marketplace(channel_.marketplace);
  request.set_want_pass(lane_.want_pass_us != 0);
  QS_ASSIGN_OR_RETURN(const auto reply,
                      (CallPlugin<pb::PullListingsReply>(in_.plugin, kListingContract, "pull", request)));

  LaneRecord next = lane_;
  QS_ASSIGN_OR_RETURN(next.cursor, CheckedCursor(in_, kListingContract, reply.next_cursor()));
  QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters, Sort(reply));
  MarkSuccess(in_, next);
  next.items_total += static_cast<int64_t>(listings_.size());
  next.progress = Utf8Beginning(reply.progress(), kMaxProgressBytes);
  next.pass = PassAfterPage(lane_.pass, reply, asked_us_, in_.clock.Now());
  if (FulfilsWish(next.pass, next.want_pass_us)) next.want_pass_us = 0;

  QS_RETURN_IF_ERROR(CommitPage(reply, next, letters));
  FailPoint("listing-step-after-commit");
  lane_ = next;
  StepOutcome outcome{.lane = lane_};
  outcome.items = static_cast<int64_t>(listings_.size());
  outcome.bad_records = static_cast<int64_t>(letters.size());
  outcome.more = reply.has_more() || lane_.pass.vanishing;
  outcome.next_run_us = NextRun(reply);
  if (targets_changed_) outcome.accounts_with_changed_targets.push_back(channel_.account_id);
  return outcome;
}

absl::Status ListingStep::Import(Tx& tx, const pb::PullListingsReply& reply,
                                 std::span<const pb::Listing* const> listings) {
  QS_ASSIGN_OR_RETURN(const ListingImportResult imported,
                      ImportListings(tx, in_.clock.Now(), channel_, reply.pass_id(), listings));
  targets_changed_ = targets_changed_ || imported.targets_changed;
  return absl::OkStatus();
}

absl::StatusOr<std::span<const pb::Listing* const>> ListingStep::ImportAllButLast(const pb::PullListingsReply& reply) {
  std::span<const pb::Listing* const> left(listings_);
  for (; left.size() > kListingsAtOnce; left = left.subspan(kListingsAtOnce)) {
    QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(Import(tx, reply, left.first(kListingsAtOnce)));
      return CommitStep(tx, in_, lane_, {});
    }));
  }
  return left;
}

absl::Status ListingStep::CommitPage(const pb::PullListingsReply& reply, const LaneRecord& next,
                                     const std::vector<DeadLetterRecord>& letters) {
  FailPoint("listing-step-before-commit");
  QS_ASSIGN_OR_RETURN(const std::span<const pb::Listing* const> last, ImportAllButLast(reply));
  const std::vector<BudgetRecord> budgets = in_.budgets.TakeChanges(in_.lane.account_id);
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(Import(tx, reply, last));
    for (const DeadLetterRecord& letter : letters) {
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
      QS_RETURN_IF_ERROR(TellNewLetter(tx, in_.clock.Now(), letter));
    }
    QS_RETURN_IF_ERROR(CommitStep(tx, in_, next, budgets));
    const bool ends = !reply.pass_id().empty() && (reply.pass_complete() || reply.pass_inconclusive());
    if (ends && next.pass.completed_us == 0) QS_RETURN_IF_ERROR(TellPass(tx, "pass.inconclusive", next.pass));
    return ends ? tx.ClearPassWish(in_.lane.id, next.pass.begun_us) : absl::OkStatus();
  });
}

// A pass somebody wants begins when the marketplace allows it, whatever the plugin does until then.
TimeUs ListingStep::NextRun(const pb::PullListingsReply& reply) const {
  const bool under_way = !reply.pass_id().empty() && lane_.pass.ended_us == 0;
  if (lane_.want_pass_us == 0 || under_way || reply.next_pass_us() <= in_.clock.Now()) return reply.next_poll_us();
  return reply.next_poll_us() > 0 ? std::min(reply.next_poll_us(), reply.next_pass_us()) : reply.next_pass_us();
}

absl::StatusOr<StepOutcome> ListingStep::GoOnVanishing() {
  for (int piece = 0; piece < kPiecesPerStep && lane_.pass.vanishing; ++piece) {
    LaneRecord next;
    bool marked = false;
    QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
      next = lane_;
      QS_ASSIGN_OR_RETURN(VanishedPiece vanished, VanishPiece(tx, in_.clock.Now(), channel_, lane_.pass));
      next.pass = std::move(vanished.pass);
      marked = vanished.targets_changed;
      MarkSuccess(in_, next);
      next.progress = next.pass.vanishing ? Concat("pass ", next.pass.id, " is complete; ", next.pass.vanished,
                                                   " listings are gone so far")
                                          : std::string();
      if (!next.pass.vanishing) QS_RETURN_IF_ERROR(TellPass(tx, "pass.completed", next.pass));
      return CommitStep(tx, in_, next, {});
    }));
    lane_ = next;
    targets_changed_ = targets_changed_ || marked;
    FailPoint("listing-between-vanish-pieces");
  }
  StepOutcome outcome{.lane = lane_};
  outcome.more = lane_.pass.vanishing;
  outcome.next_run_us = lane_.pass.then_us;
  if (lane_.want_pass_us != 0) {
    // Wanted while this pass was under way already.
    const TimeUs allowed_us = std::max(lane_.pass.next_us, in_.clock.Now());
    outcome.next_run_us = outcome.next_run_us > 0 ? std::min(outcome.next_run_us, allowed_us) : allowed_us;
  }
  if (targets_changed_) outcome.accounts_with_changed_targets.push_back(channel_.account_id);
  return outcome;
}

absl::Status ListingStep::TellPass(Tx& tx, std::string type, const PassRecord& pass) {
  return tx
      .AppendEvent({0,
                    in_.clock.Now(),
                    std::move(type),
                    LaneName(in_.lane.id),
                    {{"pass", pass.id}, {"listings", Concat(pass.done)}, {"vanished", Concat(pass.vanished)}}})
      .status();
}

}  // namespace

StepOutcome RunListingStep(const StepInputs& in) {
  ListingStep step(in);
  absl::StatusOr<StepOutcome> outcome = step.Run();
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = step.lane()};
}

}  // namespace quayside
