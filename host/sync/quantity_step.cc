// One step of an account's quantities: documents in flight are moved on, what changed is decided, a batch goes out by
// item, the backlog into a document if that is through sooner (bulk_documents.h), and what nobody knows is read.
//
// The order of commits is what makes a kill harmless: intents are durable before anything is sent, and an item's intent
// found without an outcome is sent again (quantities are absolute, so that is safe).
#include <algorithm>
#include <map>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/inventory/index/quantity_index.h"
#include "host/inventory/may_show.h"
#include "host/plugin/manifest.h"
#include "host/store/forced_note.h"
#include "host/sync/backoff.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/bulk_documents.h"
#include "host/sync/gate_keeper.h"
#include "host/sync/oversell_log.h"
#include "host/sync/quantity_decider.h"
#include "host/sync/quantity_events.h"
#include "host/sync/read_back.h"
#include "host/sync/refusal_note.h"
#include "host/sync/sent_latency.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kDecideBatch = 500;
// Batches of one step: a backlog is decided well before it is sent, and urgent quantities are never far behind.
constexpr int kDecideBatches = 10;
constexpr int kDefaultBatch = 20;
constexpr int kPollBatch = 100;
constexpr DurationUs kPollAgainUs = 60 * kSecondUs;
// While it is not known yet how much is to be decided.
constexpr DurationUs kLookAgainUs = kSecondUs;
constexpr int64_t kAnyNumber = 1'000'000'000;

struct Submission {
  IntentRecord intent;
  TargetRecord target;
};

struct Plan {
  std::vector<Submission> submissions;
  bool more = false;
};

class QuantityStep {
 public:
  explicit QuantityStep(const StepInputs& in)
      : in_(in),
        contract_(FindContract(in.manifest, kPushContract)),
        documents_(in, contract_),
        read_backs_(in, BatchSize()),
        outcome_{.lane = in.lane} {}

  absl::StatusOr<StepOutcome> Run();

 private:
  absl::Status SettleOrphans(Tx& tx);
  absl::Status DecideAndSend();
  absl::Status DecideWhatChanged();
  // Is all that is to be decided known?
  [[nodiscard]] bool IsSettled() const { return !in_.index_settled || in_.index_settled(); }
  absl::StatusOr<bool> MayBeTooManyZeros();
  absl::Status MakePlan(Tx& tx, Plan& plan);
  absl::Status Push(const std::vector<Submission>& submissions);
  absl::Status PushDue();
  absl::Status PollAccepted();
  absl::Status Settle(Tx& tx, OversellLog& log, IntentRecord intent, const pb::Outcome& outcome);
  absl::Status CommitLane();
  absl::StatusOr<TimeUs> NextTime();
  // What the plugin fails at does not keep the rest of the step from being done; the first failure is the step's.
  void Remember(const absl::Status& failure) { failure_.Update(failure); }
  [[nodiscard]] int BatchSize() const {
    return contract_ != nullptr && contract_->max_items() > 0 ? contract_->max_items() : kDefaultBatch;
  }

  const StepInputs& in_;
  const pb::Contract* const contract_;
  BulkDocuments documents_;
  ReadBacks read_backs_;
  StepOutcome outcome_;
  absl::Status failure_;
  TimeUs next_poll_us_ = kNever;
  // Nothing can be sent by item before this: the allowance is used up.
  TimeUs paced_until_us_ = 0;
};

// Intents of an earlier claim that never got an outcome: a crash, or a fenced step. Whether they arrived is not known.
absl::Status QuantityStep::SettleOrphans(Tx& tx) {
  QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> orphans,
                      tx.ListIntents(in_.lane.account_id, {IntentState::kSent}, kDecideBatch));
  for (IntentRecord intent : orphans) {
    intent.state = IntentState::kUnknown;
    intent.settled_us = in_.clock.Now();
    intent.message = "the host stopped before the outcome was known; the quantity is sent again";
    QS_RETURN_IF_ERROR(tx.PutIntent(intent));
    QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(intent.account_id, intent.target));
    if (!target.has_value() || target->intent_id != intent.id) continue;
    target->intent_id = 0;
    target->state = TargetState::kChanged;
    target->accepted_stale = true;
    NoteUnknownOutcome(*target, intent.quantity);
    if (target->bulk_id == 0) target->passed_bulk = false;
    QS_RETURN_IF_ERROR(tx.PutTarget(*target));
  }
  return absl::OkStatus();
}

absl::Status QuantityStep::DecideWhatChanged() {
  const std::string& account = in_.lane.account_id;
  for (int batch = 0; batch < kDecideBatches; ++batch) {
    std::vector<std::string> skus;
    if (in_.index != nullptr) skus = in_.index->Take(account, kDecideBatch);
    const absl::Cleanup give_back = [&] {
      if (in_.index != nullptr && !skus.empty()) in_.index->GiveBack(account, skus);
    };
    size_t decided = 0;
    QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
      if (batch == 0) QS_RETURN_IF_ERROR(SettleOrphans(tx));
      QuantityDecider decider(tx, in_);
      for (const std::string& sku : skus) QS_RETURN_IF_ERROR(decider.DecideAgain(sku));
      // What was marked and the index does not know of, because it is being built or is wrong.
      QS_ASSIGN_OR_RETURN(
          const std::vector<TargetRecord> others,
          tx.ListUndecidedTargets(account, in_.clock.Now(), kDecideBatch - static_cast<int>(skus.size())));
      for (const TargetRecord& target : others) QS_RETURN_IF_ERROR(decider.Decide(target));
      decided = skus.size() + others.size();
      QS_RETURN_IF_ERROR(decider.Finish());
      return StayFenced(tx, in_);
    }));
    if (in_.index != nullptr) in_.index->Decided(account, skus);
    skus.clear();
    FailPoint("quantity-after-decisions");
    if (decided < kDecideBatch) return absl::OkStatus();
  }
  outcome_.more = true;
  return absl::OkStatus();
}

absl::Status QuantityStep::MakePlan(Tx& tx, Plan& plan) {
  plan = Plan();
  QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> due,
                      tx.ListDueTargets(in_.lane.account_id, in_.clock.Now(), BatchSize() + 1));
  plan.more = static_cast<int>(due.size()) > BatchSize();
  QuantityDecider decider(tx, in_);
  for (const TargetRecord& target : due) {
    if (static_cast<int>(plan.submissions.size()) >= BatchSize()) break;
    QS_ASSIGN_OR_RETURN(std::optional<ReadyQuantity> ready, decider.Take(target));
    if (!ready.has_value()) continue;
    ready->intent.state = IntentState::kSent;
    ready->target.state = TargetState::kInFlight;
    ready->target.intent_id = ready->intent.id;
    if (ready->target.bulk_id != 0) ready->target.passed_bulk = true;
    QS_RETURN_IF_ERROR(tx.PutIntent(ready->intent));
    QS_RETURN_IF_ERROR(tx.PutTarget(ready->target));
    plan.submissions.push_back({std::move(ready->intent), std::move(ready->target)});
  }
  QS_RETURN_IF_ERROR(decider.Finish());
  // Fenced like every commit: a newer claim of the lane must not find intents of an older one appearing.
  return StayFenced(tx, in_);
}

absl::Status QuantityStep::Settle(Tx& tx, OversellLog& log, IntentRecord intent, const pb::Outcome& result) {
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(intent.account_id, intent.target));
  intent.settled_us = in_.clock.Now();
  const bool current = target.has_value() && target->intent_id == intent.id;
  // Nothing changed since the intent was made?
  const bool unchanged = current && target->version == intent.target_version;
  // A document that it passed has ended meanwhile: which of the two came last, nobody knows.
  const bool beside_ended = current && target->bulk_id == 0 && target->passed_bulk;
  if (current) target->intent_id = 0;
  if (beside_ended && !result.has_accepted()) target->passed_bulk = false;

  switch (result.result_case()) {
    case pb::Outcome::kDone:
      intent.state = IntentState::kDone;
      intent.reference = result.done().reference();
      ++outcome_.items;
      if (current) {
        target->accepted = intent.quantity;
        target->accepted_us = in_.clock.Now();
        KeepLatency(intent.request, *target);
        target->failures = 0;
        target->due_us = 0;
        target->note.clear();
        target->let_go = LetGo::kNo;
        if (unchanged) target->accepted_stale = false;
        target->state = unchanged ? TargetState::kCurrent : TargetState::kChanged;
        if (!beside_ended) ForgetUnknownOutcomes(*target);
        // While a document is open its number may come last.
        if (target->bulk_id == 0 && !beside_ended) log.Close(*target);
        QS_RETURN_IF_ERROR(
            AppendQuantityEvent(tx, in_.clock.Now(), "quantity.accepted", *target,
                                {{"quantity", Concat(intent.quantity)}, {"reference", intent.reference}}));
      }
      break;
    case pb::Outcome::kAccepted:
      intent.state = IntentState::kAccepted;
      intent.handle = result.accepted().handle();
      intent.settled_us = 0;
      if (current) target->intent_id = intent.id;
      break;
    case pb::Outcome::kRejected:
      intent.state = IntentState::kRejected;
      intent.reason = result.rejected().reason();
      intent.message = result.rejected().message();
      if (current) {
        target->state = unchanged ? TargetState::kParked : TargetState::kChanged;
        // Without a note of the refusal it goes again, be it the same number.
        target->note = target->note == kForcedInFlightNote ? "" : RefusalNote(intent.reason, intent.message);
        QS_RETURN_IF_ERROR(AppendQuantityEvent(tx, in_.clock.Now(), "quantity.rejected", *target,
                                               {{"quantity", Concat(intent.quantity)}, {"reason", intent.reason}}));
      }
      break;
    case pb::Outcome::kRetry:
      intent.state = IntentState::kRetried;
      intent.reason = result.retry().reason();
      if (intent.reason == ReasonText(Reason::kRateLimited))
        paced_until_us_ = std::max(paced_until_us_, result.retry().at_us());
      if (current) {
        target->state = TargetState::kDirty;
        target->due_us = result.retry().at_us() > 0 ? result.retry().at_us()
                                                    : in_.clock.Now() + Backoff(++target->failures, in_.rng);
        target->note = Concat("waits: ", intent.reason);
      }
      break;
    case pb::Outcome::kUnknown:
    case pb::Outcome::RESULT_NOT_SET:
      intent.state = IntentState::kUnknown;
      intent.message =
          result.result_case() == pb::Outcome::kUnknown ? result.unknown().message() : "the plugin gave no outcome";
      if (current) {
        target->state = TargetState::kDirty;
        target->accepted_stale = true;
        NoteUnknownOutcome(*target, intent.quantity);
        target->due_us = in_.clock.Now() + Backoff(++target->failures, in_.rng);
        target->note = Concat("the outcome is unknown and it is sent again: ", intent.message);
      }
      break;
  }
  QS_RETURN_IF_ERROR(tx.PutIntent(intent));
  return current ? tx.PutTarget(*target) : absl::OkStatus();
}

absl::Status QuantityStep::Push(const std::vector<Submission>& submissions) {
  pb::PushRequest request;
  for (const Submission& submission : submissions)
    QS_RETURN_IF_ERROR(AddIntent({.intent_id = submission.intent.id, .request = submission.intent.request},
                                 *request.mutable_intents()));
  const auto reply = CallPlugin<pb::PushReply>(in_.plugin, kPushContract, "push", request);
  FailPoint("quantity-after-push");

  std::map<std::string, pb::Outcome> outcomes;
  if (reply.ok()) {
    for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = outcome;
  } else {
    for (const Submission& submission : submissions) {
      pb::Outcome outcome;
      // A refusal before sending leaves the intents undone; after anything else nobody knows.
      if (IsRefusedBeforeSending(reply.status())) {
        outcome.mutable_retry()->set_at_us(RetryTimeOf(reply.status()));
        outcome.mutable_retry()->set_reason(ReasonOf(reply.status()));
      } else {
        outcome.mutable_unknown()->set_message(std::string(reply.status().message()));
      }
      outcomes[Concat(submission.intent.id)] = outcome;
    }
  }
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    outcome_.items = 0;
    OversellLog log(tx, in_.clock.Now());
    for (const Submission& submission : submissions) {
      QS_RETURN_IF_ERROR(Settle(tx, log, submission.intent, outcomes[Concat(submission.intent.id)]));
    }
    QS_RETURN_IF_ERROR(log.Commit());
    return StayFenced(tx, in_);
  }));
  FailPoint("quantity-after-outcomes");
  Remember(reply.status());
  return absl::OkStatus();
}

absl::Status QuantityStep::PushDue() {
  Plan plan;
  // With nothing left of the allowance no intent is made: it would only be put off.
  if (const auto budget = BudgetOf(in_, contract_ == nullptr ? "" : contract_->item_operation()); budget.has_value())
    paced_until_us_ = budget->next_call_us;
  if (paced_until_us_ > in_.clock.Now()) return absl::OkStatus();
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) { return MakePlan(tx, plan); }));
  FailPoint("quantity-after-intents");
  if (!plan.submissions.empty()) QS_RETURN_IF_ERROR(Push(plan.submissions));
  outcome_.more = outcome_.more || (plan.more && paced_until_us_ <= in_.clock.Now());
  return absl::OkStatus();
}

absl::Status QuantityStep::PollAccepted() {
  std::vector<IntentRecord> waiting;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(waiting, tx.ListIntents(in_.lane.account_id, {IntentState::kAccepted}, kPollBatch));
    return absl::OkStatus();
  }));
  if (waiting.empty()) return absl::OkStatus();
  pb::PollRequest request;
  std::map<std::string, pb::AcceptedIntents*> by_handle;
  for (const IntentRecord& intent : waiting) {
    pb::AcceptedIntents*& accepted = by_handle[intent.handle];
    if (accepted == nullptr) {
      accepted = request.add_accepted();
      accepted->set_handle(intent.handle);
      accepted->set_sent_us(intent.created_us);
    }
    QS_RETURN_IF_ERROR(AddIntent({.intent_id = intent.id, .request = intent.request}, *accepted->mutable_intents()));
  }
  const auto reply = CallPlugin<pb::PollReply>(in_.plugin, kPushContract, "poll", request);
  if (!reply.ok()) {
    Remember(reply.status());
    return absl::OkStatus();
  }
  FailPoint("poll-before-commit");
  next_poll_us_ = reply->next_poll_us() > 0 ? reply->next_poll_us() : in_.clock.Now() + kPollAgainUs;
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    OversellLog log(tx, in_.clock.Now());
    for (const pb::Outcome& outcome : reply->outcomes()) {
      const auto intent = std::find_if(waiting.begin(), waiting.end(), [&](const IntentRecord& candidate) {
        return Concat(candidate.id) == outcome.intent_id();
      });
      if (intent != waiting.end()) QS_RETURN_IF_ERROR(Settle(tx, log, *intent, outcome));
    }
    QS_RETURN_IF_ERROR(log.Commit());
    return StayFenced(tx, in_);
  });
}

absl::Status QuantityStep::CommitLane() {
  const std::vector<BudgetRecord> budgets = in_.budgets.TakeChanges(in_.lane.account_id);
  if (failure_.ok()) {
    MarkSuccess(in_, outcome_.lane);
    outcome_.lane.items_total += outcome_.items;
  }
  QS_ASSIGN_OR_RETURN(outcome_.lane.progress, documents_.Progress());
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) { return CommitStep(tx, in_, outcome_.lane, budgets); }));
  FailPoint("quantity-after-commit");
  return absl::OkStatus();
}

absl::StatusOr<TimeUs> QuantityStep::NextTime() {
  std::optional<TimeUs> target;
  std::optional<TimeUs> read_back;
  bool only_reading = false;
  bool undecided = false;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    const std::string& account = in_.lane.account_id;
    QS_ASSIGN_OR_RETURN(target, tx.NextTargetTime(account));
    QS_ASSIGN_OR_RETURN(read_back, tx.NextReadBack(account));
    QS_ASSIGN_OR_RETURN(const int64_t changed, tx.CountChangedTargets(account, 1));
    QS_ASSIGN_OR_RETURN(const int64_t due, tx.CountDueTargets(account, in_.clock.Now(), 1));
    undecided = changed > 0 || (in_.index != nullptr && in_.index->CountUndecided(account) > 0);
    only_reading = !undecided && due == 0;
    if (undecided) target = 0;
    return absl::OkStatus();
  }));
  // A target that is to be read is due at once, but nothing can be read before the allowance allows it.
  const TimeUs reading = read_backs_.wait_until();
  if (only_reading && reading > in_.clock.Now() && target == TimeUs{0}) target = reading;
  if (!undecided && target.has_value()) target = std::max(*target, paced_until_us_);
  if (read_back.has_value()) read_back = std::max(*read_back, reading);
  QS_ASSIGN_OR_RETURN(const TimeUs documents, documents_.NextTime());
  return std::min({target.value_or(kNever), read_back.value_or(kNever), documents, next_poll_us_});
}

absl::StatusOr<bool> QuantityStep::MayBeTooManyZeros() {
  bool may_be = false;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    int64_t unmarked = 0;
    if (!IsSettled()) {
      unmarked = kAnyNumber;
    } else if (in_.index != nullptr) {
      unmarked = in_.index->CountUndecided(in_.lane.account_id);
    }
    QS_ASSIGN_OR_RETURN(may_be, UndecidedMayBeTooManyZeros(tx, in_.lane.account_id, in_.clock.Now(), unmarked));
    return absl::OkStatus();
  }));
  return may_be;
}

absl::Status QuantityStep::DecideAndSend() {
  QS_RETURN_IF_ERROR(DecideWhatChanged());
  if (outcome_.more || !IsSettled()) {
    QS_ASSIGN_OR_RETURN(const bool may_be, MayBeTooManyZeros());
    if (may_be) {
      paced_until_us_ = in_.clock.Now() + kLookAgainUs;
      return absl::OkStatus();
    }
  } else {
    QS_RETURN_IF_ERROR(OpenEmptyGates(in_));
  }
  // Nothing goes into a document that could not be handed over.
  if (failure_.ok()) {
    if (const absl::Status gathered = documents_.GatherBacklog(); IsForOperator(gathered)) {
      Remember(gathered);
    } else {
      QS_RETURN_IF_ERROR(gathered);
    }
  }
  return PushDue();
}

absl::StatusOr<StepOutcome> QuantityStep::Run() {
  if (const absl::Status moved = documents_.MoveOn(); IsForOperator(moved)) {
    Remember(moved);
  } else {
    QS_RETURN_IF_ERROR(moved);
  }
  QS_RETURN_IF_ERROR(PollAccepted());
  FailPoint("quantity-before-intents");
  QS_ASSIGN_OR_RETURN(const bool releasing, MoveGates(in_));
  if (releasing) {
    outcome_.more = true;
  } else {
    QS_RETURN_IF_ERROR(DecideAndSend());
  }
  const absl::Status read = read_backs_.Read();
  if (HasReason(read, Reason::kLaneFenced)) return read;
  Remember(read);
  QS_RETURN_IF_ERROR(CommitLane());
  if (!failure_.ok()) return failure_;

  QS_ASSIGN_OR_RETURN(outcome_.next_run_us, NextTime());
  // A due time of 0 means "now"; 0 in the outcome would mean "the usual interval".
  outcome_.more = outcome_.more || documents_.more() || read_backs_.more() || outcome_.next_run_us <= in_.clock.Now();
  return outcome_;
}

}  // namespace

StepOutcome RunQuantityStep(const StepInputs& in) {
  QuantityStep step(in);
  absl::StatusOr<StepOutcome> outcome = step.Run();
  if (outcome.ok()) return *std::move(outcome);
  return StepOutcome{.status = outcome.status(), .lane = in.lane};
}

}  // namespace quayside
