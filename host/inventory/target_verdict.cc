#include "host/inventory/target_verdict.h"

#include <algorithm>
#include <limits>

#include "host/inventory/may_show.h"

namespace quayside {
namespace {

// The candidate whose rules count: the one that was set as owner, else the one that owned the target before, else the
// first.
void ChooseOwner(const TargetView& view, TargetVerdict& verdict) {
  std::optional<size_t> before;
  for (size_t i = 0; i < view.candidates(); ++i) {
    const TargetReason out = ReasonToLeaveOut(view.channel(i), view.listing(i));
    if (out != TargetReason::kNothing) {
      if (verdict.reason == TargetReason::kNothing) verdict.reason = out;
      continue;
    }
    if (view.chosen(i)) {
      verdict.owner = i;
      return;
    }
    if (view.owned_before(i)) before = i;
    if (!verdict.owner.has_value()) verdict.owner = i;
  }
  if (before.has_value()) verdict.owner = before;
  if (!verdict.owner.has_value() && verdict.reason == TargetReason::kNothing) verdict.reason = TargetReason::kNotListed;
}

// Another marketplace of the account may say that this SKU sits in the marketplace's warehouse: one quantity, one
// guard.
std::optional<size_t> FindWitness(const TargetView& view) {
  for (size_t i = 0; i < view.candidates(); ++i) {
    const ListingFacts listing = view.listing(i);
    if (listing.fulfilment == Fulfilment::kMarketplace && !listing.vanished) return i;
  }
  return std::nullopt;
}

// Less than the channel may show at most. When it sold meanwhile it may show less than was accepted, so that even the
// accepted number can be a raise; zero never is.
bool IsLowering(int32_t wanted, const TargetFacts& target, const ListingFacts& listing) {
  const std::optional<int32_t> shown = target.accepted.has_value() ? target.accepted : listing.quantity_seen;
  const std::optional<int32_t> most = HigherOf(shown, target.may_show);
  return wanted == 0 || (most.has_value() && wanted < *most);
}

}  // namespace

TargetFacts FactsOf(const TargetRecord& target) {
  return {.accepted = target.accepted,
          .accepted_stale = target.accepted_stale,
          .latency = target.latency,
          .clear_latency = target.clear_latency,
          .changed_us = target.changed_us,
          .may_show = MayShowBesides(target)};
}

TargetReason ReasonToLeaveOut(const ChannelRecord& channel, const ListingFacts& listing) {
  if (!channel.enabled) return TargetReason::kChannelDisabled;
  if (!channel.config.update_inventory) return TargetReason::kSyncOff;
  if (listing.vanished) return TargetReason::kVanished;
  if (listing.ignored) return TargetReason::kIgnored;
  if (listing.item_id == 0) return TargetReason::kUnlinked;
  if (listing.fulfilment == Fulfilment::kMarketplace) return TargetReason::kMarketplaceFulfils;
  return TargetReason::kNothing;
}

std::optional<ComputedQuantity> ComputeQuantity(const TargetView& view, size_t candidate) {
  const std::optional<int64_t> available = view.available(candidate);
  if (!available.has_value()) return std::nullopt;
  return ComputeQuantity(*available, view.channel(candidate).config, view.listing(candidate));
}

ComputedQuantity ComputeQuantity(int64_t available, const ChannelConfig& channel, const ListingFacts& listing) {
  ComputedQuantity computed{.rules = EffectiveRules(channel, listing), .available = available};
  computed.in_listings = available / std::max(1, listing.units_per_listing);
  computed.quantity = static_cast<int32_t>(
      std::min<int64_t>(ListedQuantity(computed.in_listings, computed.rules), std::numeric_limits<int32_t>::max()));
  return computed;
}

TargetVerdict JudgeTarget(const TargetView& view) {
  TargetVerdict verdict;
  ChooseOwner(view, verdict);
  if (!verdict.owner.has_value()) return verdict;
  verdict.reason = TargetReason::kNothing;
  const size_t owner = *verdict.owner;
  const ListingFacts listing = view.listing(owner);

  verdict.witness = FindWitness(view);
  if (verdict.witness.has_value()) {
    verdict.reason = TargetReason::kWitness;
    return verdict;
  }
  if (listing.fulfilment == Fulfilment::kUnknown) {
    verdict.state = TargetState::kUnread;
    verdict.reason = TargetReason::kFulfilmentUnknown;
    return verdict;
  }
  verdict.computed = ComputeQuantity(view, owner);
  if (!verdict.computed.has_value()) {
    verdict.reason = TargetReason::kNoLevel;
    return verdict;
  }
  verdict.wanted = verdict.computed->quantity;

  const TargetFacts target = view.target();
  verdict.latency = view.latency(owner);
  verdict.clear_latency = !verdict.latency.has_value() && target.clear_latency;
  const bool latency_stands = verdict.latency.has_value() ? verdict.latency == target.latency : !verdict.clear_latency;
  if (target.accepted == verdict.wanted && !target.accepted_stale && latency_stands) {
    verdict.state = TargetState::kCurrent;
  } else if (!IsLowering(*verdict.wanted, target, listing) && !view.orders_known(target.changed_us)) {
    verdict.state = TargetState::kHeld;
    verdict.reason = TargetReason::kOrdersBehind;
  } else {
    verdict.state = TargetState::kDirty;
  }
  return verdict;
}

}  // namespace quayside
