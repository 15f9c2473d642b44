#include "host/inventory/target_decision.h"
#include "host/base/text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "absl/strings/str_join.h"

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

std::string Explain(const TargetCandidate& owner, const QuantityRules& rules, int64_t available, int64_t in_listings, int64_t wanted) {
  json::array locations;
  for (const LocationStock& at : owner.stock) {
    json::object location{{"location", at.location_id}, {"reserved", at.reserved}, {"fulfilment_centre", at.fulfilment_centre}};
    if (at.level.has_value()) location["level"] = *at.level;
    locations.push_back(std::move(location));
  }
  json::object rule{{"end_when", rules.end_when}};
  if (rules.max_listed.has_value()) rule["max_listed"] = *rules.max_listed;
  if (rules.percentage_e4.has_value()) rule["percentage_e4"] = *rules.percentage_e4;
  json::array chosen;
  for (const std::string& id : owner.channel.config.inventory_locations) chosen.emplace_back(id);
  return json::serialize(json::object{{"channel", owner.channel.id},
                                      {"config_revision", owner.channel.config_revision},
                                      {"locations", std::move(locations)},
                                      {"chosen_locations", std::move(chosen)},
                                      {"available", available},
                                      {"units_per_listing", owner.listing.units_per_listing},
                                      {"available_listings", in_listings},
                                      {"rules", std::move(rule)},
                                      {"quantity", wanted}});
}

// Accounts whose orders are not known up to the change.
std::vector<std::string> StaleSources(const TargetInputs& inputs) {
  std::vector<std::string> stale;
  for (const OrderFreshness& source : inputs.order_sources) {
    if (source.watermark_us < inputs.target.changed_us) stale.push_back(source.account_id);
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

  // Another marketplace of the account may say that this SKU sits in the marketplace's warehouse: one quantity, one guard.
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
  const std::optional<int64_t> available = AvailableStock(owner->stock, owner->channel.config.inventory_locations);
  if (!available.has_value()) {
    decision.note = "no stock level was ever set";
    return decision;
  }
  const QuantityRules rules = EffectiveRules(owner->channel.config, owner->listing);
  const int64_t in_listings = *available / std::max(1, owner->listing.units_per_listing);
  const int64_t quantity = std::min<int64_t>(ListedQuantity(in_listings, rules), std::numeric_limits<int32_t>::max());
  decision.wanted = static_cast<int32_t>(quantity);
  decision.explanation = Explain(*owner, rules, *available, in_listings, quantity);

  if (target.accepted == decision.wanted && !target.accepted_stale) {
    decision.state = TargetState::kCurrent;
    return decision;
  }
  // What the channel shows as far as we know. When it sold meanwhile it may show less than was accepted, so that even the accepted
  // number can be a raise; zero never is.
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
