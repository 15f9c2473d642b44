#include "host/sync/quantity_decider.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/sync/bulk_target.h"
#include "host/sync/quantity_events.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// A HELD target is looked at again when orders arrive; this is for the case that nobody wakes it.
constexpr DurationUs kHeldRecheckUs = 60 * kSecondUs;

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

std::string IntentForPlugin(int64_t intent_id, const std::string& sku, int32_t quantity, const TargetCandidate& owner) {
  pb::QuantityIntent intent;
  intent.set_intent_id(Concat(intent_id));
  intent.set_sku(sku);
  intent.set_marketplace(owner.channel.marketplace);
  intent.set_quantity(quantity);
  if (owner.channel.config.default_latency_days.has_value())
    intent.set_latency_days(*owner.channel.config.default_latency_days);
  intent.set_fulfilment(ToWire(owner.listing.fulfilment));
  intent.set_product_type(owner.listing.product_type);
  return intent.SerializeAsString();
}

}  // namespace

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

absl::StatusOr<QuantityDecider::Decided> QuantityDecider::DecideAnew(TargetRecord target) {
  const TargetRecord before = target;
  Decided decided;
  QS_ASSIGN_OR_RETURN(decided.inputs, reader_.Read(target));
  decided.decision = DecideTarget(decided.inputs);
  const TargetDecision& decision = decided.decision;
  const TargetCandidate* owner = OwnerOf(decided.inputs, decision.owner_channel_id);
  target.shown = target.accepted.has_value() || owner == nullptr ? target.accepted : owner->listing.quantity_seen;
  target.state = decision.state;
  if (target.bulk_id != 0) {
    QS_ASSIGN_OR_RETURN(const bool stuck, IsStuck(target.bulk_id));
    target.state = StateBesideDocument(target, decision, stuck);
  }
  target.wanted = decision.wanted;
  target.owner_channel_id = decision.owner_channel_id;
  target.note = target.state == TargetState::kInBulk ? "waits for the end of a document" : decision.note;
  target.due_us = target.state == TargetState::kHeld ? in_.clock.Now() + kHeldRecheckUs : 0;
  if (target.state == TargetState::kHeld && before.state != TargetState::kHeld) {
    QS_RETURN_IF_ERROR(AppendQuantityEvent(tx_, in_.clock.Now(), "quantity.held", target,
                                           {{"wanted", Concat(target.wanted.value_or(0))}, {"why", decision.note}}));
  }
  QS_ASSIGN_OR_RETURN(decided.target, gates_.Pass(before, std::move(target)));
  return decided;
}

absl::Status QuantityDecider::Decide(TargetRecord target) {
  QS_ASSIGN_OR_RETURN(const Decided decided, DecideAnew(std::move(target)));
  return tx_.PutTarget(decided.target);
}

absl::StatusOr<std::optional<ReadyQuantity>> QuantityDecider::Take(TargetRecord target) {
  const bool counted = target.zeroing;
  QS_ASSIGN_OR_RETURN(Decided decided, DecideAnew(std::move(target)));
  const TargetCandidate* owner = OwnerOf(decided.inputs, decided.decision.owner_channel_id);
  // A zero that its gate has not counted yet waits until it has.
  const bool uncounted = decided.target.zeroing && !counted;
  if (decided.target.state != TargetState::kDirty || owner == nullptr || uncounted) {
    QS_RETURN_IF_ERROR(tx_.PutTarget(decided.target));
    return std::nullopt;
  }
  QS_RETURN_IF_ERROR(gates_.Took(decided.target));
  ReadyQuantity ready{.target = std::move(decided.target)};
  ready.intent = {.id = in_.ids.Next(),
                  .account_id = ready.target.account_id,
                  .job = Job::kInventory,
                  .target = ready.target.sku,
                  .quantity = *decided.decision.wanted,
                  .target_version = ready.target.version,
                  .explanation = std::move(decided.decision.explanation),
                  .created_us = in_.clock.Now()};
  ready.intent.request = IntentForPlugin(ready.intent.id, ready.target.sku, ready.intent.quantity, *owner);
  return ready;
}

}  // namespace quayside
