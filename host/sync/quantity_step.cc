// One batch of quantities of an account: decide what changed, write the intents, send, store the outcomes.
//
// The order of commits is what makes a kill harmless: intents are durable before anything is sent, and an intent found
// without an outcome is sent again (quantities are absolute, so that is safe).
#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/listings/listing_import.h"
#include "host/ops/failpoint.h"
#include "host/plugin/manifest.h"
#include "host/sync/backoff.h"
#include "host/sync/step.h"
#include "host/sync/target_reader.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kPushContract[] = "inventory_push/1";
constexpr int kDecideBatch = 500;
constexpr int kDefaultBatch = 20;
constexpr int kReadBackBatch = 20;
constexpr int kPollBatch = 100;
// A HELD target is looked at again when orders arrive; this is for the case that nobody wakes it.
constexpr DurationUs kHeldRecheckUs = 60 * kSecondUs;

struct Submission {
  IntentRecord intent;
  TargetRecord target;
};

struct Plan {
  std::vector<Submission> submissions;
  std::vector<TargetRecord> need_fulfilment;
  bool more = false;
};

pb::FulfilmentChannel ToWire(Fulfilment fulfilment) {
  switch (fulfilment) {
    case Fulfilment::kMerchant:
      return pb::FULFILMENT_CHANNEL_MERCHANT;
    case Fulfilment::kMarketplace:
      return pb::FULFILMENT_CHANNEL_MARKETPLACE;
    case Fulfilment::kUnknown:
      break;
  }
  return pb::FULFILMENT_CHANNEL_UNSPECIFIED;
}

class QuantityStep {
 public:
  explicit QuantityStep(const StepInputs& in) : in_(in), outcome_{.lane = in.lane} {}

  absl::StatusOr<StepOutcome> Run();

 private:
  absl::Status SettleOrphans(Tx& tx);
  absl::Status MakePlan(Tx& tx, Plan& plan);
  absl::Status Decide(Tx& tx, TargetReader& reader, TargetRecord target, Plan& plan);
  absl::Status PickDue(Tx& tx, TargetReader& reader, Plan& plan);
  absl::Status ReadFulfilment(const std::vector<TargetRecord>& targets);
  absl::StatusOr<pb::PushRequest> RequestFor(const std::vector<Submission>& submissions);
  absl::Status Push(const std::vector<Submission>& submissions);
  absl::Status PollAccepted();
  absl::Status Settle(Tx& tx, IntentRecord intent, const pb::Outcome& outcome);
  absl::Status CommitLane(Tx& tx);
  // Commits nothing new of the lane, but only while it is still this claim's.
  absl::Status StayFenced(Tx& tx) {
    QS_RETURN_IF_ERROR(CheckOwner(tx, in_.lane));
    return tx.CommitLane({in_.lane, in_.lane.cursor});
  }
  [[nodiscard]] int BatchSize() const;
  [[nodiscard]] absl::Status AppendEvent(Tx& tx, std::string type, const TargetRecord& target,
                                         std::map<std::string, std::string> more = {});

  const StepInputs& in_;
  StepOutcome outcome_;
  std::vector<BudgetRecord> budgets_;
};

int QuantityStep::BatchSize() const {
  const pb::Contract* contract = FindContract(in_.manifest, kPushContract);
  return contract != nullptr && contract->max_items() > 0 ? contract->max_items() : kDefaultBatch;
}

absl::Status QuantityStep::AppendEvent(Tx& tx, std::string type, const TargetRecord& target,
                                       std::map<std::string, std::string> more) {
  more["sku"] = target.sku;
  more["account"] = target.account_id;
  return tx
      .AppendEvent(
          {0, in_.clock.Now(), std::move(type), ListingName(target.owner_channel_id, target.sku), std::move(more)})
      .status();
}

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
    QS_RETURN_IF_ERROR(tx.PutTarget(*target));
  }
  return absl::OkStatus();
}

absl::Status QuantityStep::Decide(Tx& tx, TargetReader& reader, TargetRecord target, Plan& plan) {
  const TargetState before = target.state;
  QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
  const TargetDecision decision = DecideTarget(inputs);
  target.state = decision.state;
  target.wanted = decision.wanted;
  target.owner_channel_id = decision.owner_channel_id;
  target.note = decision.note;
  target.due_us = decision.state == TargetState::kHeld ? in_.clock.Now() + kHeldRecheckUs : 0;
  if (decision.state == TargetState::kChanged) {
    plan.need_fulfilment.push_back(target);
    return tx.PutTarget(target);
  }
  if (decision.state == TargetState::kHeld && before != TargetState::kHeld) {
    QS_RETURN_IF_ERROR(AppendEvent(tx, "quantity.held", target,
                                   {{"wanted", Concat(target.wanted.value_or(0))}, {"why", decision.note}}));
  }
  return tx.PutTarget(target);
}

// Due targets are decided once more: what is sent is what is right now, whatever waited in between.
absl::Status QuantityStep::PickDue(Tx& tx, TargetReader& reader, Plan& plan) {
  QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> due,
                      tx.ListDueTargets(in_.lane.account_id, in_.clock.Now(), BatchSize() + 1));
  plan.more = static_cast<int>(due.size()) > BatchSize();
  for (TargetRecord target : due) {
    if (static_cast<int>(plan.submissions.size()) >= BatchSize()) break;
    QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
    const TargetDecision decision = DecideTarget(inputs);
    target.state = decision.state;
    target.wanted = decision.wanted;
    target.owner_channel_id = decision.owner_channel_id;
    target.note = decision.note;
    if (decision.state != TargetState::kDirty) {
      if (decision.state == TargetState::kHeld) target.due_us = in_.clock.Now() + kHeldRecheckUs;
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
      continue;
    }
    IntentRecord intent{.id = in_.ids.Next(),
                        .account_id = target.account_id,
                        .job = Job::kInventory,
                        .target = target.sku,
                        .state = IntentState::kSent,
                        .quantity = *decision.wanted,
                        .target_version = target.version,
                        .explanation = decision.explanation,
                        .created_us = in_.clock.Now()};
    target.state = TargetState::kInFlight;
    target.intent_id = intent.id;
    QS_RETURN_IF_ERROR(tx.PutIntent(intent));
    QS_RETURN_IF_ERROR(tx.PutTarget(target));
    plan.submissions.push_back({std::move(intent), std::move(target)});
  }
  return absl::OkStatus();
}

absl::Status QuantityStep::MakePlan(Tx& tx, Plan& plan) {
  plan = Plan();
  QS_RETURN_IF_ERROR(SettleOrphans(tx));
  TargetReader reader(tx, in_.brings_orders);
  QS_ASSIGN_OR_RETURN(const std::vector<TargetRecord> undecided,
                      tx.ListUndecidedTargets(in_.lane.account_id, in_.clock.Now(), kDecideBatch));
  for (const TargetRecord& target : undecided) QS_RETURN_IF_ERROR(Decide(tx, reader, target, plan));
  QS_RETURN_IF_ERROR(PickDue(tx, reader, plan));
  plan.more = plan.more || static_cast<int>(undecided.size()) == kDecideBatch;
  return absl::OkStatus();
}

// Who fulfils these SKUs? Unknown is never guessed: what the marketplace does not say stays unsent, and says so.
absl::Status QuantityStep::ReadFulfilment(const std::vector<TargetRecord>& targets) {
  std::map<std::string, std::vector<TargetRecord>> by_channel;
  for (const TargetRecord& target : targets) by_channel[target.owner_channel_id].push_back(target);
  for (auto& [channel_id, all] : by_channel) {
    if (all.size() > kReadBackBatch) {
      all.resize(kReadBackBatch);
      outcome_.more = true;
    }
    pb::ReadBackRequest request;
    QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
      request.set_marketplace(channel.marketplace);
      return absl::OkStatus();
    }));
    for (const TargetRecord& target : all) request.add_skus(target.sku);
    QS_ASSIGN_OR_RETURN(const auto reply,
                        (CallPlugin<pb::ReadBackReply>(in_.plugin, kPushContract, "read_back", request)));
    std::map<std::string, const pb::ReadBack*> found;
    for (const pb::ReadBack& result : reply.results()) found[result.sku()] = &result;
    QS_RETURN_IF_ERROR(in_.store.Write([&, &channel_id = channel_id, &all = all](Tx& tx) -> absl::Status {
      for (const TargetRecord& asked : all) {
        QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(asked.account_id, asked.sku));
        if (!target.has_value()) continue;
        const auto result = found.find(asked.sku);
        const Fulfilment fulfilment = result != found.end() && result->second->found()
                                          ? FulfilmentOf(result->second->fulfilment())
                                          : Fulfilment::kUnknown;
        if (fulfilment == Fulfilment::kUnknown) {
          target->state = TargetState::kNone;
          target->note = result != found.end() && result->second->found()
                             ? "the marketplace does not say who fulfils this listing; no quantity is sent"
                             : "the marketplace does not know this SKU; no quantity is sent";
          QS_RETURN_IF_ERROR(tx.PutTarget(*target));
          continue;
        }
        QS_ASSIGN_OR_RETURN(std::optional<ListingRecord> listing, tx.FindListing(channel_id, asked.sku));
        if (!listing.has_value()) continue;
        listing->fulfilment = fulfilment;
        if (!result->second->product_type().empty()) listing->product_type = result->second->product_type();
        if (result->second->has_quantity()) listing->quantity_seen = result->second->quantity();
        listing->seen_us = in_.clock.Now();
        QS_RETURN_IF_ERROR(tx.PutListing(*listing));
        QS_RETURN_IF_ERROR(tx.MarkTarget(asked.account_id, asked.sku, asked.changed_us));
      }
      return absl::OkStatus();
    }));
    outcome_.more = true;
  }
  return absl::OkStatus();
}

absl::StatusOr<pb::PushRequest> QuantityStep::RequestFor(const std::vector<Submission>& submissions) {
  pb::PushRequest request;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    request.Clear();
    TargetReader reader(tx, in_.brings_orders);
    for (const Submission& submission : submissions) {
      QS_ASSIGN_OR_RETURN(const ChannelRecord* channel, reader.Channel(submission.target.owner_channel_id));
      QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> listing,
                          tx.FindListing(channel->id, submission.target.sku));
      pb::QuantityIntent* intent = request.add_intents();
      intent->set_intent_id(Concat(submission.intent.id));
      intent->set_sku(submission.target.sku);
      intent->set_marketplace(channel->marketplace);
      intent->set_quantity(submission.intent.quantity);
      if (channel->config.default_latency_days.has_value())
        intent->set_latency_days(*channel->config.default_latency_days);
      intent->set_fulfilment(listing.has_value() ? ToWire(listing->fulfilment) : pb::FULFILMENT_CHANNEL_UNSPECIFIED);
      if (listing.has_value()) intent->set_product_type(listing->product_type);
    }
    return absl::OkStatus();
  }));
  return request;
}

absl::Status QuantityStep::Settle(Tx& tx, IntentRecord intent, const pb::Outcome& result) {
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(intent.account_id, intent.target));
  intent.settled_us = in_.clock.Now();
  const bool current = target.has_value() && target->intent_id == intent.id;
  // Nothing changed since the intent was made?
  const bool unchanged = current && target->version == intent.target_version;
  if (current) target->intent_id = 0;

  switch (result.result_case()) {
    case pb::Outcome::kDone:
      intent.state = IntentState::kDone;
      intent.reference = result.done().reference();
      ++outcome_.items;
      if (current) {
        target->accepted = intent.quantity;
        target->accepted_us = in_.clock.Now();
        target->failures = 0;
        target->due_us = 0;
        target->note.clear();
        if (unchanged) target->accepted_stale = false;
        target->state = unchanged ? TargetState::kCurrent : TargetState::kChanged;
        QS_RETURN_IF_ERROR(AppendEvent(tx, "quantity.accepted", *target,
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
        target->note = Concat("refused: ", intent.reason, ": ", intent.message);
        QS_RETURN_IF_ERROR(AppendEvent(tx, "quantity.rejected", *target,
                                       {{"quantity", Concat(intent.quantity)}, {"reason", intent.reason}}));
      }
      break;
    case pb::Outcome::kRetry:
      intent.state = IntentState::kRetried;
      intent.reason = result.retry().reason();
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
        target->due_us = in_.clock.Now() + Backoff(++target->failures, in_.rng);
        target->note = Concat("the outcome is unknown and it is sent again: ", intent.message);
      }
      break;
  }
  QS_RETURN_IF_ERROR(tx.PutIntent(intent));
  return current ? tx.PutTarget(*target) : absl::OkStatus();
}

absl::Status QuantityStep::Push(const std::vector<Submission>& submissions) {
  QS_ASSIGN_OR_RETURN(const pb::PushRequest request, RequestFor(submissions));
  const auto reply = CallPlugin<pb::PushReply>(in_.plugin, kPushContract, "push", request);
  FailPoint("quantity-after-push");

  std::map<std::string, pb::Outcome> outcomes;
  absl::Status failure;
  if (reply.ok()) {
    for (const pb::Outcome& outcome : reply->outcomes()) outcomes[outcome.intent_id()] = outcome;
  } else {
    failure = reply.status();
    // A refusal before sending leaves the intents undone; after anything else nobody knows.
    const bool nothing_sent = failure.code() == absl::StatusCode::kUnauthenticated ||
                              failure.code() == absl::StatusCode::kPermissionDenied ||
                              HasReason(failure, Reason::kRateLimited);
    int64_t retry_at_us = 0;
    const ErrorMetadata metadata = MetadataOf(failure);
    if (const auto at = metadata.find("retry_at_us");
        at != metadata.end() && !absl::SimpleAtoi(at->second, &retry_at_us))
      retry_at_us = 0;
    for (const Submission& submission : submissions) {
      pb::Outcome outcome;
      if (nothing_sent) {
        outcome.mutable_retry()->set_at_us(retry_at_us);
        outcome.mutable_retry()->set_reason(ReasonOf(failure));
      } else {
        outcome.mutable_unknown()->set_message(std::string(failure.message()));
      }
      outcomes[Concat(submission.intent.id)] = outcome;
    }
  }
  budgets_ = in_.budgets.TakeChanges(in_.lane.account_id);
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    outcome_.items = 0;
    for (const Submission& submission : submissions) {
      QS_RETURN_IF_ERROR(Settle(tx, submission.intent, outcomes[Concat(submission.intent.id)]));
    }
    return failure.ok() ? CommitLane(tx) : StayFenced(tx);
  }));
  FailPoint("quantity-after-outcomes");
  return failure;
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
    pb::QuantityIntent* sent = accepted->add_intents();
    sent->set_intent_id(Concat(intent.id));
    sent->set_sku(intent.target);
    sent->set_quantity(intent.quantity);
  }
  QS_ASSIGN_OR_RETURN(const auto reply, (CallPlugin<pb::PollReply>(in_.plugin, kPushContract, "poll", request)));
  outcome_.next_run_us = reply.next_poll_us() > 0 ? reply.next_poll_us() : in_.clock.Now() + kHeldRecheckUs;
  return in_.store.Write([&](Tx& tx) -> absl::Status {
    for (const pb::Outcome& outcome : reply.outcomes()) {
      const auto intent = std::find_if(waiting.begin(), waiting.end(), [&](const IntentRecord& candidate) {
        return Concat(candidate.id) == outcome.intent_id();
      });
      if (intent != waiting.end()) QS_RETURN_IF_ERROR(Settle(tx, *intent, outcome));
    }
    return StayFenced(tx);
  });
}

absl::Status QuantityStep::CommitLane(Tx& tx) {
  outcome_.lane = in_.lane;
  outcome_.lane.last_success_us = in_.clock.Now();
  outcome_.lane.failures = 0;
  outcome_.lane.last_error.clear();
  outcome_.lane.last_error_reason.clear();
  outcome_.lane.items_total += outcome_.items;
  return CommitStep(tx, in_, outcome_.lane, budgets_);
}

absl::StatusOr<StepOutcome> QuantityStep::Run() {
  QS_RETURN_IF_ERROR(PollAccepted());
  FailPoint("quantity-before-intents");
  Plan plan;
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(MakePlan(tx, plan));
    // Fenced like every commit: a newer claim of the lane must not find intents of an older one appearing.
    return plan.submissions.empty() ? absl::OkStatus() : StayFenced(tx);
  }));
  FailPoint("quantity-after-intents");
  outcome_.more = plan.more;
  if (!plan.submissions.empty()) {
    QS_RETURN_IF_ERROR(Push(plan.submissions));
  } else {
    QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) { return CommitLane(tx); }));
  }
  if (!plan.need_fulfilment.empty()) QS_RETURN_IF_ERROR(ReadFulfilment(plan.need_fulfilment));

  std::optional<TimeUs> next;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(next, tx.NextTargetTime(in_.lane.account_id));
    return absl::OkStatus();
  }));
  const TimeUs poll = outcome_.next_run_us > 0 ? outcome_.next_run_us : kNever;
  outcome_.next_run_us = std::min(poll, next.value_or(kNever));
  // A due time of 0 means "now"; 0 in the outcome would mean "the usual interval".
  if (outcome_.next_run_us <= in_.clock.Now()) outcome_.more = true;
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
