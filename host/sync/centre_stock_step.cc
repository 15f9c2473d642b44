// A fulfilment centre's stock: one page of a pass or of the changes since, or, after a complete pass, some of the SKUs
// it did not show, asked for one by one before they become zero.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utf8.h"
#include "host/fulfilment/centre_location.h"
#include "host/fulfilment/centre_stock.h"
#include "host/fulfilment/stock_pool.h"
#include "host/sync/letter_record.h"
#include "host/sync/step.h"
#include "host/sync/step_call.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kCentreContract[] = "fulfilment/1";
constexpr size_t kCheckedAtOnce = 50;
constexpr size_t kMostProgressBytes = 500;
constexpr size_t kMostLetterKeyBytes = 500;  // of a SKU that may be too long to be one

class CentreStockStep {
 public:
  explicit CentreStockStep(const StepInputs& in) : in_(in), lane_(in.lane) {}

  absl::StatusOr<StepOutcome> Run();
  // As it was committed last.
  [[nodiscard]] const LaneRecord& lane() const { return lane_; }

 private:
  absl::StatusOr<StepOutcome> PullPage();
  absl::StatusOr<StepOutcome> CheckUnseen();
  absl::StatusOr<pb::PullStockReply> Call(const std::vector<std::string>& skus);
  absl::StatusOr<std::vector<DeadLetterRecord>> SortPage(const pb::PullStockReply& reply);
  // What was read, with the lane as it is then, in one commit.
  absl::Status Commit(LaneRecord& next, const std::string& pass_id, const std::vector<DeadLetterRecord>& letters);
  [[nodiscard]] PassRecord AfterPage(const pb::PullStockReply& reply) const;
  [[nodiscard]] StepOutcome OutcomeWith(const std::vector<DeadLetterRecord>& letters);

  const StepInputs& in_;
  LaneRecord lane_;
  ChannelRecord channel_;
  LocationRecord centre_;
  std::vector<const pb::CentreStock*> stock_;  // of the reply, those that can be stored
  TimeUs asked_us_ = 0;
  std::vector<std::string> accounts_;
};

absl::StatusOr<StepOutcome> CentreStockStep::Run() {
  asked_us_ = in_.clock.Now();
  std::optional<LocationRecord> centre;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(channel_, tx.GetChannel(in_.lane.channel_id));
    QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
    centre = CentreOf(locations, channel_.id);
    // What people and earlier commits of this claim left there.
    QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(in_.lane.id));
    if (stored.has_value()) {
      lane_.pass = stored->pass;
      lane_.progress = stored->progress;
      lane_.want_pass_us = stored->want_pass_us;
    }
    return absl::OkStatus();
  }));
  if (!centre.has_value()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled,
                     Concat("channel ", channel_.id, " has no fulfilment centre; its FBA is off"));
  }
  centre_ = *std::move(centre);
  return lane_.pass.vanishing ? CheckUnseen() : PullPage();
}

absl::StatusOr<pb::PullStockReply> CentreStockStep::Call(const std::vector<std::string>& skus) {
  pb::PullStockRequest request;
  QS_RETURN_IF_ERROR(PutCursor(in_, kCentreContract, request));
  request.set_stock_pool(StockPoolOf(in_.manifest, channel_.marketplace));
  request.set_marketplace(channel_.marketplace);
  request.set_want_pass(lane_.want_pass_us != 0);
  for (const std::string& sku : skus) request.add_skus(sku);
  return CallPlugin<pb::PullStockReply>(in_.plugin, kCentreContract, "pull_stock", request);
}

absl::StatusOr<std::vector<DeadLetterRecord>> CentreStockStep::SortPage(const pb::PullStockReply& reply) {
  std::vector<DeadLetterRecord> letters;
  for (const pb::CentreStock& stock : reply.stock()) {
    const std::string problem = ProblemOf(stock);
    if (problem.empty()) {
      stock_.push_back(&stock);
      continue;
    }
    const std::string record = stock.SerializeAsString();
    const std::string key = stock.sku().empty() ? NamelessKey("stock", record) : stock.sku();
    QS_ASSIGN_OR_RETURN(letters.emplace_back(),
                        MakeDeadLetter(in_, std::string(Utf8Beginning(key, kMostLetterKeyBytes)), problem, record,
                                       DeadLetterForm::kRaw));
  }
  for (const pb::BadRecord& bad : reply.bad_records()) {
    QS_ASSIGN_OR_RETURN(letters.emplace_back(),
                        MakeDeadLetter(in_, bad.key(), bad.reason(), bad.raw(), DeadLetterForm::kRaw));
  }
  return letters;
}

PassRecord CentreStockStep::AfterPage(const pb::PullStockReply& reply) const {
  if (reply.pass_id().empty()) return lane_.pass;
  const bool goes_on = lane_.pass.id == reply.pass_id() && lane_.pass.completed_us == 0;
  PassRecord pass = goes_on ? lane_.pass : PassRecord{.id = reply.pass_id(), .begun_us = asked_us_};
  pass.done = reply.pass_done();
  pass.total = reply.pass_total();
  if (reply.pass_complete()) {
    pass.completed_us = pass.ended_us = in_.clock.Now();
    pass.vanishing = true;
    pass.then_us = reply.next_poll_us();
  }
  return pass;
}

absl::Status CentreStockStep::Commit(LaneRecord& next, const std::string& pass_id,
                                     const std::vector<DeadLetterRecord>& letters) {
  MarkSuccess(in_, next);
  next.items_total += static_cast<int64_t>(stock_.size());
  FailPoint("centre-stock-before-commit");
  const std::vector<BudgetRecord> budgets = in_.budgets.TakeChanges(in_.lane.account_id);
  const int64_t vanished_before = next.pass.vanished;
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    // Switched off meanwhile, its levels are unset: nobody would correct what is set here.
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_.id));
    if (!channel.config.fba_enabled || !channel.config.fba_sync_inventory) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kLaneDisabled,
                       Concat("channel ", channel.id, " reads the stock of its fulfilment centre no more"));
    }
    QS_ASSIGN_OR_RETURN(const CentreStockTaken taken,
                        TakeCentreStock(tx, in_.clock.Now(), centre_, channel_.account_id, pass_id, stock_));
    accounts_ = taken.accounts;
    next.pass.vanished = vanished_before + taken.gone;
    for (const DeadLetterRecord& letter : letters) {
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
      QS_RETURN_IF_ERROR(TellNewLetter(tx, in_.clock.Now(), letter));
    }
    const bool pass_ended = lane_.pass.vanishing && !next.pass.vanishing;
    if (pass_ended) {
      QS_RETURN_IF_ERROR(tx.AppendEvent({0,
                                         in_.clock.Now(),
                                         "pass.completed",
                                         LaneName(in_.lane.id),
                                         {{"pass", next.pass.id},
                                          {"listings", Concat(next.pass.done)},
                                          {"vanished", Concat(next.pass.vanished)}}})
                             .status());
    }
    QS_RETURN_IF_ERROR(CommitStep(tx, in_, next, budgets));
    return pass_ended ? tx.ClearPassWish(in_.lane.id, next.pass.begun_us) : absl::OkStatus();
  }));
  FailPoint("centre-stock-after-commit");
  lane_ = next;
  return absl::OkStatus();
}

StepOutcome CentreStockStep::OutcomeWith(const std::vector<DeadLetterRecord>& letters) {
  StepOutcome outcome{.lane = lane_};
  outcome.items = static_cast<int64_t>(stock_.size());
  outcome.bad_records = static_cast<int64_t>(letters.size());
  outcome.accounts_with_changed_targets = accounts_;
  return outcome;
}

absl::StatusOr<StepOutcome> CentreStockStep::PullPage() {
  QS_ASSIGN_OR_RETURN(const pb::PullStockReply reply, Call({}));
  LaneRecord next = lane_;
  QS_ASSIGN_OR_RETURN(next.cursor, CheckedCursor(in_, kCentreContract, reply.next_cursor()));
  QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters, SortPage(reply));
  next.progress = Utf8Beginning(reply.progress(), kMostProgressBytes);
  next.pass = AfterPage(reply);
  QS_RETURN_IF_ERROR(Commit(next, reply.pass_id(), letters));
  StepOutcome outcome = OutcomeWith(letters);
  outcome.more = lane_.pass.vanishing || (reply.has_more() && reply.next_poll_us() <= in_.clock.Now());
  outcome.next_run_us = reply.next_poll_us();
  return outcome;
}

absl::StatusOr<StepOutcome> CentreStockStep::CheckUnseen() {
  Unseen unseen;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(unseen, FindUnseen(tx, centre_.id, lane_.pass, kCheckedAtOnce));
    return absl::OkStatus();
  }));
  pb::PullStockReply reply;
  if (!unseen.skus.empty()) {
    QS_ASSIGN_OR_RETURN(reply, Call(unseen.skus));
  }
  LaneRecord next = lane_;
  QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters, SortPage(reply));
  next.pass.vanished_through = unseen.through_sku;
  next.pass.vanishing = !unseen.last;
  next.progress = next.pass.vanishing ? Concat("pass ", next.pass.id, " is complete; what it did not show is checked")
                                      : std::string();
  // What is known of single SKUs belongs to no pass.
  QS_RETURN_IF_ERROR(Commit(next, "", letters));
  StepOutcome outcome = OutcomeWith(letters);
  outcome.more = lane_.pass.vanishing;
  outcome.next_run_us = lane_.pass.then_us;
  return outcome;
}

}  // namespace

StepOutcome RunCentreStockStep(const StepInputs& in) {
  CentreStockStep step(in);
  absl::StatusOr<StepOutcome> outcome = step.Run();
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = step.lane()};
}

}  // namespace quayside
