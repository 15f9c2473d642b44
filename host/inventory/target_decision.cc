#include "host/inventory/target_decision.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "absl/strings/str_join.h"
#include "host/base/text.h"

namespace quayside {
namespace {

namespace json = boost::json;

// Why a listing takes no part; empty = it does.
std::string Excluded(const TargetCandidate& candidate) {
  if (!candidate.channel.enabled) return "the channel is disabled";
  if (!candidate.channel.config.update_inventory) return "inventory sync is off for the channel";
  if (candidate.listing.vanished) return "the listing is gone from the channel";
  if (candidate.listing.ignored) return "the listing is ignored";
  if (candidate.listing.item_id == 0) return "the listing is linked to no item";
  if (candidate.listing.fulfilment == Fulfilment::kMarketplace) return "the marketplace fulfils this listing itself";
  return "";
}

// The channel whose rules count: the one that owned the target before, else the first (domain 7, unified accounts).
const TargetCandidate* ChooseOwner(const TargetInputs& inputs, std::string& why_none) {
  const TargetCandidate* first = nullptr;
  for (const TargetCandidate& candidate : inputs.candidates) {
    const std::string excluded = Excluded(candidate);
    if (!excluded.empty()) {
      if (why_none.empty()) why_none = excluded;
      continue;
    }
    if (candidate.channel.id == inputs.target.owner_channel_id) return &candidate;
    if (first == nullptr) first = &candidate;
  }
  if (first == nullptr && why_none.empty()) why_none = "no channel of the account lists it";
  return first;
}

struct Computed {
  QuantityRules rules;
  int64_t available = 0;    // units of the item
  int64_t in_listings = 0;  // units of the listing
  int32_t quantity = 0;
};

// The number by a listing's own rules and locations; nothing when its stock is unknown.
std::optional<Computed> Compute(const TargetCandidate& candidate) {
  const std::optional<int64_t> available =
      AvailableStock(candidate.stock, candidate.channel.config.inventory_locations);
  if (!available.has_value()) return std::nullopt;
  Computed computed{.rules = EffectiveRules(candidate.channel.config, candidate.listing), .available = *available};
  computed.in_listings = *available / std::max(1, candidate.listing.units_per_listing);
  computed.quantity = static_cast<int32_t>(
      std::min<int64_t>(ListedQuantity(computed.in_listings, computed.rules), std::numeric_limits<int32_t>::max()));
  return computed;
}

// Channels that would show another number if they owned the target (domain 7: it is told, the owner wins).
json::array Dissenters(const TargetInputs& inputs, const TargetCandidate& owner, int32_t quantity) {
  json::array dissenters;
  for (const TargetCandidate& candidate : inputs.candidates) {
    if (&candidate == &owner || !Excluded(candidate).empty()) continue;
    const std::optional<Computed> other = Compute(candidate);
    if (!other.has_value() || other->quantity == quantity) continue;
    dissenters.push_back(json::object{{"channel", candidate.channel.id}, {"quantity", other->quantity}});
  }
  return dissenters;
}

std::string Explain(const TargetInputs& inputs, const TargetCandidate& owner, const Computed& computed) {
  json::array locations;
  for (const LocationStock& at : owner.stock) {
    json::object location{
        {"location", at.location_id}, {"reserved", at.reserved}, {"fulfilment_centre", at.fulfilment_centre}};
    if (at.level.has_value()) location["level"] = *at.level;
    locations.push_back(std::move(location));
  }
  const QuantityRules& rules = computed.rules;
  json::object rule{{"end_when", rules.end_when}};
  if (rules.max_listed.has_value()) rule["max_listed"] = *rules.max_listed;
  if (rules.percentage_e4.has_value()) rule["percentage_e4"] = *rules.percentage_e4;
  json::array chosen;
  for (const std::string& id : owner.channel.config.inventory_locations) chosen.emplace_back(id);
  json::object explanation{{"channel", owner.channel.id},
                           {"config_revision", owner.channel.config_revision},
                           {"locations", std::move(locations)},
                           {"chosen_locations", std::move(chosen)},
                           {"available", computed.available},
                           {"units_per_listing", owner.listing.units_per_listing},
                           {"available_listings", computed.in_listings},
                           {"rules", std::move(rule)},
                           {"quantity", computed.quantity}};
  if (json::array others = Dissenters(inputs, owner, computed.quantity); !others.empty()) {
    explanation["other_channels"] = std::move(others);
  }
  return json::serialize(explanation);
}

// Accounts whose orders are not known up to the change.
std::vector<std::string> StaleSources(const TargetInputs& inputs) {
  std::vector<std::string> stale;
  for (const OrderFreshness& source : inputs.order_sources) {
    // 0: its orders were never read.
    if (source.watermark_us <= 0 || source.watermark_us < inputs.target.changed_us) stale.push_back(source.account_id);
  }
  return stale;
}

}  // namespace

TargetDecision DecideTarget(const TargetInputs& inputs) {
  const TargetRecord& target = inputs.target;
  TargetDecision decision;
  decision.owner_channel_id = target.owner_channel_id;
  const TargetCandidate* owner = ChooseOwner(inputs, decision.note);
  if (owner == nullptr) return decision;
  decision.owner_channel_id = owner->channel.id;
  decision.note.clear();

  // Another marketplace of the account may say that this SKU sits in the marketplace's warehouse: one quantity, one
  // guard.
  for (const TargetCandidate& candidate : inputs.candidates) {
    if (candidate.listing.fulfilment == Fulfilment::kMarketplace && !candidate.listing.vanished) {
      decision.note = Concat("channel ", candidate.channel.id, " says the marketplace fulfils this SKU itself");
      return decision;
    }
  }
  if (owner->listing.fulfilment == Fulfilment::kUnknown) {
    decision.state = TargetState::kChanged;
    decision.note = "it is not known who fulfils this listing; it is read from the marketplace first";
    return decision;
  }
  const std::optional<Computed> computed = Compute(*owner);
  if (!computed.has_value()) {
    decision.note = "no stock level was ever set";
    return decision;
  }
  decision.wanted = computed->quantity;
  decision.explanation = Explain(inputs, *owner, *computed);

  if (target.accepted == decision.wanted && !target.accepted_stale) {
    decision.state = TargetState::kCurrent;
    return decision;
  }
  // What the channel shows as far as we know. When it sold meanwhile it may show less than was accepted, so that even
  // the accepted number can be a raise; zero never is.
  const std::optional<int32_t> shown = target.accepted.has_value() ? target.accepted : owner->listing.quantity_seen;
  const bool lowering = *decision.wanted == 0 || (shown.has_value() && *decision.wanted < *shown);
  if (!lowering) {
    if (const std::vector<std::string> stale = StaleSources(inputs); !stale.empty()) {
      decision.state = TargetState::kHeld;
      decision.note = Concat("a raise waits for newer orders of ", absl::StrJoin(stale, ", "));
      return decision;
    }
  }
  decision.state = TargetState::kDirty;
  return decision;
}

}  // namespace quayside
