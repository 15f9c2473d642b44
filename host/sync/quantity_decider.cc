#include "host/sync/quantity_decider.h"

#include <algorithm>
#include <tuple>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/decision_stands.h"
#include "host/inventory/explain.h"
#include "host/inventory/oversell_window.h"
#include "host/inventory/sold_out.h"
#include "host/sync/bulk_target.h"
#include "host/sync/quantity_events.h"
#include "host/sync/refusal_note.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// The index finds a HELD target when the orders have come; this is for the case that it does not.
constexpr DurationUs kHeldRecheckUs = kHourUs;

// For the one that is in force, and for the orders since then. What lies beyond them makes a sale look like none.
constexpr int kSubmissionsLookedAt = 30;
constexpr int kReservationsLookedAt = 1000;

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

const TargetCandidate* OwnerOf(const TargetInputs& inputs, const std::string& channel_id) {
  const auto owner = std::find_if(inputs.candidates.begin(), inputs.candidates.end(),
                                  [&](const TargetCandidate& candidate) { return candidate.channel.id == channel_id; });
  return owner == inputs.candidates.end() ? nullptr : &*owner;
}

// Other channels that take part, and whose listings show the owner's number.
std::vector<std::string> SharersOf(const TargetInputs& inputs, const TargetCandidate& owner) {
  std::vector<std::string> sharers;
  for (const TargetCandidate& other : inputs.candidates) {
    const bool takes_part = ReasonToLeaveOut(other.channel, FactsOf(other.listing)) == TargetReason::kNothing;
    if (takes_part && other.channel.id != owner.channel.id) sharers.push_back(other.channel.id);
  }
  return sharers;
}

std::string IntentForPlugin(int64_t intent_id, const std::string& sku, const TargetDecision& decision,
                            const TargetCandidate& owner) {
  pb::QuantityIntent intent;
  intent.set_intent_id(Concat(intent_id));
  intent.set_sku(sku);
  intent.set_marketplace(owner.channel.marketplace);
  intent.set_quantity(*decision.wanted);
  if (decision.latency.has_value()) intent.set_latency_days(*decision.latency);
  intent.set_clear_latency(decision.clear_latency);
  intent.set_fulfilment(ToWire(owner.listing.fulfilment));
  intent.set_product_type(owner.listing.product_type);
  return intent.SerializeAsString();
}

bool IsSameRequest(const IntentRecord& sent, const TargetDecision& decision, const TargetCandidate& owner) {
  pb::QuantityIntent request;
  if (!request.ParseFromString(sent.request)) return false;
  request.set_intent_id(Concat(0));
  return request.SerializeAsString() == IntentForPlugin(0, sent.target, decision, owner);
}

// Of the same item by the same rules, whatever its stock was.
bool IsSameReckoning(const std::string& some, const std::string& other) {
  const absl::StatusOr<QuantityExplanation> a = ExplanationFromJson(some);
  const absl::StatusOr<QuantityExplanation> b = ExplanationFromJson(other);
  if (!a.ok() || !b.ok()) return false;
  const auto rules = [](const QuantityExplanation& of) {
    return std::tie(of.item_id, of.units_per_listing, of.rules.max_listed, of.rules.percentage_e4, of.rules.end_when,
                    of.own_max_listed, of.own_percentage, of.own_end_when);
  };
  return rules(*a) == rules(*b);
}

}  // namespace

absl::StatusOr<bool> QuantityDecider::StaysRefused(const TargetRecord& before, const TargetDecision& decision,
                                                   const TargetCandidate* owner) {
  const bool would_go = decision.state == TargetState::kDirty || decision.state == TargetState::kHeld;
  if (!would_go || owner == nullptr || before.bulk_id != 0 || !IsRefusalNote(before.note)) return false;
  QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> sent,
                      tx_.ListIntentsOfTarget(before.account_id, before.sku, 0, 1));
  if (sent.empty() || sent.front().state != IntentState::kRejected) return false;
  // Whatever was changed of the channel is tried.
  if (owner->channel.updated_us > sent.front().created_us) return false;
  return IsSameRequest(sent.front(), decision, *owner) &&
         IsSameReckoning(sent.front().explanation, decision.explanation);
}

absl::StatusOr<bool> QuantityDecider::IsStuck(int64_t bulk_id) {
  if (!stuck_.has_value()) {
    QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> open, tx_.ListOpenBulks(in_.lane.account_id));
    stuck_.emplace();
    for (const BulkRecord& bulk : open) {
      if (bulk.state == BulkState::kStuck) stuck_->insert(bulk.id);
    }
  }
  return stuck_->contains(bulk_id);
}

absl::StatusOr<ZeroCause> QuantityDecider::CauseOfZero(const TargetRecord& target, const TargetCandidate* owner) {
  const bool counts = target.state == TargetState::kDirty && TakesToZero(target) && owner != nullptr;
  // A limit of 0 % stops every zero, that of a sale, too.
  if (!counts || owner->channel.config.zero_brake_percent == 0) return ZeroCause::kStock;
  QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> sent,
                      tx_.ListIntentsOfTarget(target.account_id, target.sku, 0, kSubmissionsLookedAt));
  const auto shown = std::find_if(sent.begin(), sent.end(),
                                  [](const IntentRecord& intent) { return intent.state == IntentState::kDone; });
  if (shown == sent.end()) return ZeroCause::kStock;
  // Ids increase with time, so an order that came later has a higher one.
  QS_ASSIGN_OR_RETURN(const std::vector<ReservationRecord> since,
                      tx_.ListReservations(owner->listing.item_id, shown->id, -1, kReservationsLookedAt));
  return IsSoldOut(owner->channel, owner->listing, owner->stock, since) ? ZeroCause::kOrders : ZeroCause::kStock;
}

absl::StatusOr<QuantityDecider::Decided> QuantityDecider::DecideAnew(TargetRecord target) {
  const TargetRecord before = target;
  Decided decided;
  QS_ASSIGN_OR_RETURN(decided.inputs, reader_.Read(target));
  decided.decision = DecideTarget(decided.inputs);
  // The number was right and is to be sent all the same, with another handling time: what the marketplace shows by now
  // may be less, so that this is as good as a raise.
  const bool for_latency = target.state == TargetState::kCurrent && decided.decision.state != TargetState::kCurrent &&
                           !target.accepted_stale;
  const TimeUs since = ChangedSince(before, OwnerOf(decided.inputs, decided.decision.owner_channel_id));
  const bool another = for_latency || decided.decision.wanted != target.wanted ||
                       decided.decision.owner_channel_id != target.owner_channel_id;
  if (another) {
    // Perhaps because a rule changed, which marks nothing. A raise waits for orders that are newer than that.
    if (before.state != TargetState::kChanged) Mark(target, since);
    const TargetCandidate* rules = OwnerOf(decided.inputs, decided.decision.owner_channel_id);
    if (rules != nullptr) target.changed_us = std::max(target.changed_us, rules->channel.updated_us);
    decided.inputs.target = target;
    decided.decision = DecideTarget(decided.inputs);
  }
  const TargetDecision& decision = decided.decision;
  const TargetCandidate* owner = OwnerOf(decided.inputs, decision.owner_channel_id);
  target.shown = target.accepted.has_value() || owner == nullptr ? target.accepted : owner->listing.quantity_seen;
  target.state = decision.state;
  if (target.bulk_id != 0) {
    QS_ASSIGN_OR_RETURN(const bool stuck, IsStuck(target.bulk_id));
    target.state = StateBesideDocument(target, decision, stuck);
  }
  QS_ASSIGN_OR_RETURN(const bool refused, StaysRefused(before, decision, owner));
  if (refused) target.state = TargetState::kParked;
  target.wanted = decision.wanted;
  FollowDecision(since, target);
  target.owner_channel_id = decision.owner_channel_id;
  if (!refused) target.note = target.state == TargetState::kInBulk ? "waits for the end of a document" : decision.note;
  target.due_us = target.state == TargetState::kHeld ? in_.clock.Now() + kHeldRecheckUs : 0;
  if (target.state == TargetState::kHeld && before.state != TargetState::kHeld) {
    QS_RETURN_IF_ERROR(AppendQuantityEvent(tx_, in_.clock.Now(), "quantity.held", target,
                                           {{"wanted", Concat(target.wanted.value_or(0))}, {"why", decision.note}}));
  }
  QS_ASSIGN_OR_RETURN(const ZeroCause cause, CauseOfZero(target, owner));
  QS_ASSIGN_OR_RETURN(decided.target, gates_.Pass(before, std::move(target), cause));
  return decided;
}

absl::Status QuantityDecider::Decide(TargetRecord target) {
  QS_ASSIGN_OR_RETURN(const Decided decided, DecideAnew(std::move(target)));
  return tx_.PutTarget(decided.target);
}

TimeUs QuantityDecider::ChangedSince(const TargetRecord& before, const TargetCandidate* rules) const {
  if (before.marked_us != 0) return before.marked_us;
  const TimeUs now = in_.clock.Now();
  const bool by_rules = rules != nullptr && rules->channel.updated_us > before.changed_us;
  return by_rules ? std::min(rules->channel.updated_us, now) : now;
}

void QuantityDecider::Mark(TargetRecord& target, TimeUs since) {
  if (target.marked_us == 0) target.marked_us = since;
  ++target.version;
  target.changed_us = std::max(target.changed_us, in_.clock.Now());
  target.due_us = 0;
  if (target.state == TargetState::kInFlight) return;
  target.state = TargetState::kChanged;
  target.zeroing = false;
}

absl::Status QuantityDecider::MarkInFlight(TargetRecord target, TimeUs since) {
  const auto intent = tx_.GetIntent(target.intent_id);
  if (!intent.ok()) return absl::IsNotFound(intent.status()) ? absl::OkStatus() : intent.status();
  // Its outcome settles the target only if nothing changed since.
  if (target.version != intent->target_version) return absl::OkStatus();
  Mark(target, since);
  return tx_.PutTarget(target);
}

absl::Status QuantityDecider::DecideAgain(const std::string& sku) {
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> stored, tx_.FindTarget(in_.lane.account_id, sku));
  TargetRecord target = stored.value_or(TargetRecord{.account_id = in_.lane.account_id, .sku = sku});
  if (target.state == TargetState::kChanged) return Decide(std::move(target));
  QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader_.Read(target));
  const TargetDecision decision = DecideTarget(inputs);
  const TargetCandidate* owner = OwnerOf(inputs, decision.owner_channel_id);
  const LastDecision last{.stored = stored.has_value(),
                          .state = target.state,
                          .wanted = target.wanted,
                          .reason = ReasonOfNote(target.note, decision),
                          .same_owner = target.owner_channel_id == decision.owner_channel_id,
                          .rules_changed = owner != nullptr && owner->channel.updated_us > target.changed_us};
  if (DecisionStands(last, {.state = decision.state, .reason = decision.reason, .wanted = decision.wanted}))
    return absl::OkStatus();
  const TimeUs since = ChangedSince(target, owner);
  if (target.state == TargetState::kInFlight) return MarkInFlight(std::move(target), since);
  // Refused for good, and tried again though the number may be the same.
  if (target.state == TargetState::kParked) Mark(target, since);
  return Decide(std::move(target));
}

absl::StatusOr<std::optional<ReadyQuantity>> QuantityDecider::Take(TargetRecord target) {
  const bool counted_by_owner = target.zeroing;
  const std::string owner_before = target.owner_channel_id;
  QS_ASSIGN_OR_RETURN(Decided decided, DecideAnew(std::move(target)));
  const bool counted = counted_by_owner && decided.target.owner_channel_id == owner_before;
  const TargetCandidate* owner = OwnerOf(decided.inputs, decided.decision.owner_channel_id);
  // A zero that its gate has not counted yet waits until it has.
  const bool uncounted = decided.target.zeroing && !counted;
  if (decided.target.state != TargetState::kDirty || owner == nullptr || uncounted) {
    QS_RETURN_IF_ERROR(tx_.PutTarget(decided.target));
    return std::nullopt;
  }
  QS_RETURN_IF_ERROR(gates_.Took(decided.target, SharersOf(decided.inputs, *owner)));
  CarryLowerings(decided.target);
  ReadyQuantity ready{.target = std::move(decided.target)};
  ready.intent = {.id = in_.ids.Next(),
                  .account_id = ready.target.account_id,
                  .job = Job::kInventory,
                  .target = ready.target.sku,
                  .quantity = *decided.decision.wanted,
                  .target_version = ready.target.version,
                  .explanation = std::move(decided.decision.explanation),
                  .created_us = in_.clock.Now()};
  // With this one.
  QS_RETURN_IF_ERROR(tx_.TrimIntents(ready.target.account_id, ready.target.sku, kSubmissionsKept - 1,
                                     in_.submissions_us > 0 ? in_.clock.Now() - in_.submissions_us : kNever));
  ready.intent.request = IntentForPlugin(ready.intent.id, ready.target.sku, decided.decision, *owner);
  return ready;
}

}  // namespace quayside
