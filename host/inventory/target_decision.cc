#include "host/inventory/target_decision.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "host/base/text.h"
#include "host/inventory/explain.h"
#include "host/inventory/latency.h"

namespace quayside {
namespace {

class InputsView final : public TargetView {
 public:
  explicit InputsView(const TargetInputs& inputs) : inputs_(inputs) {}
  TargetFacts target() const override { return FactsOf(inputs_.target); }
  size_t candidates() const override { return inputs_.candidates.size(); }
  const ChannelRecord& channel(size_t candidate) const override { return inputs_.candidates[candidate].channel; }
  ListingFacts listing(size_t candidate) const override { return FactsOf(inputs_.candidates[candidate].listing); }
  bool owned_before(size_t candidate) const override {
    return channel(candidate).id == inputs_.target.owner_channel_id;
  }
  bool chosen(size_t candidate) const override { return channel(candidate).id == inputs_.target.chosen_channel_id; }
  std::optional<int64_t> available(size_t candidate) const override {
    const TargetCandidate& of = inputs_.candidates[candidate];
    return AvailableStock(of.stock, of.channel.config.chosen_locations());
  }
  std::optional<int32_t> latency(size_t candidate) const override {
    return EffectiveLatency(channel(candidate), inputs_.candidates[candidate].properties).days;
  }
  bool orders_known(TimeUs up_to) const override {
    return std::all_of(inputs_.order_sources.begin(), inputs_.order_sources.end(),
                       [&](const OrderFreshness& source) { return OrdersKnown(source.watermark_us, up_to); });
  }

 private:
  const TargetInputs& inputs_;
};

// Channels that would show another number if they owned the target (it is told, the owner wins).
std::vector<Dissent> DissentsOf(const TargetView& view, size_t owner, int32_t quantity) {
  std::vector<Dissent> dissents;
  for (size_t i = 0; i < view.candidates(); ++i) {
    if (i == owner || ReasonToLeaveOut(view.channel(i), view.listing(i)) != TargetReason::kNothing) continue;
    const std::optional<ComputedQuantity> other = ComputeQuantity(view, i);
    if (!other.has_value() || other->quantity == quantity) continue;
    dissents.push_back({view.channel(i).id, other->quantity});
  }
  return dissents;
}

std::string Explain(const TargetInputs& inputs, const TargetView& view, const TargetVerdict& verdict) {
  const TargetCandidate& owner = inputs.candidates[*verdict.owner];
  std::optional<QuantityExplanation> explanation = ExplainQuantity(owner.channel, owner.listing, owner.stock);
  if (!explanation.has_value()) return "";
  explanation->latency = EffectiveLatency(owner.channel, owner.properties);
  explanation->clears_latency = verdict.clear_latency;
  explanation->dissents = DissentsOf(view, *verdict.owner, explanation->quantity);
  return ExplanationToJson(*explanation);
}

// Accounts whose orders are not known up to the change.
std::string AccountsBehind(const TargetInputs& inputs) {
  std::vector<std::string> behind;
  for (const OrderFreshness& source : inputs.order_sources) {
    if (!OrdersKnown(source.watermark_us, inputs.target.changed_us)) behind.push_back(source.account_id);
  }
  return absl::StrJoin(behind, ", ");
}

}  // namespace

TargetReason ReasonOfNote(std::string_view note, const TargetDecision& decision) {
  if (note == kNotSaidNote || note == kSkuNotKnownNote) return TargetReason::kFulfilmentUnknown;
  return note == decision.note ? decision.reason : TargetReason::kNothing;
}

std::string TargetNote(const TargetVerdict& verdict, std::string_view witness_channel,
                       std::string_view accounts_behind) {
  switch (verdict.reason) {
    case TargetReason::kNothing:
      return "";
    case TargetReason::kNotListed:
      return "no channel of the account lists it";
    case TargetReason::kChannelDisabled:
      return "the channel is disabled";
    case TargetReason::kSyncOff:
      return "inventory sync is off for the channel";
    case TargetReason::kVanished:
      return "the listing is gone from the channel";
    case TargetReason::kIgnored:
      return "the listing is ignored";
    case TargetReason::kUnlinked:
      return "the listing is linked to no item";
    case TargetReason::kMarketplaceFulfils:
      return "the marketplace fulfils this listing itself";
    case TargetReason::kWitness:
      return Concat("channel ", witness_channel, " says the marketplace fulfils this SKU itself");
    case TargetReason::kFulfilmentUnknown:
      return "it is not known who fulfils this listing; it is read from the marketplace first";
    case TargetReason::kNoLevel:
      return "no stock level was ever set";
    case TargetReason::kOrdersBehind:
      return Concat("a raise waits for newer orders of ", accounts_behind);
  }
  return "";
}

TargetDecision DecideTarget(const TargetInputs& inputs) {
  const InputsView view(inputs);
  const TargetVerdict verdict = JudgeTarget(view);
  TargetDecision decision{.state = verdict.state, .reason = verdict.reason, .wanted = verdict.wanted};
  decision.latency = verdict.latency;
  decision.clear_latency = verdict.clear_latency;
  decision.owner_channel_id =
      verdict.owner.has_value() ? view.channel(*verdict.owner).id : inputs.target.owner_channel_id;
  decision.note = TargetNote(verdict, verdict.witness.has_value() ? view.channel(*verdict.witness).id : "",
                             verdict.reason == TargetReason::kOrdersBehind ? AccountsBehind(inputs) : "");
  if (verdict.computed.has_value()) decision.explanation = Explain(inputs, view, verdict);
  return decision;
}

}  // namespace quayside
