// What should happen to a quantity target, without words: the rules over whoever holds the
// facts. DecideTarget (target_decision.h) asks them of rows just read, the index (index/) of what it remembers; both
// get the same answer because there is one set of rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "host/inventory/quantity_rules.h"
#include "host/store/records.h"

namespace quayside {

// What of a target's row has a say.
struct TargetFacts {
  std::optional<int32_t> accepted;
  bool accepted_stale = false;
  std::optional<int32_t> latency;
  bool clear_latency = false;
  TimeUs changed_us = 0;
  // What may be shown besides what was accepted (may_show.h).
  std::optional<int32_t> may_show;

  bool operator==(const TargetFacts&) const = default;
};

[[nodiscard]] TargetFacts FactsOf(const TargetRecord& target);

// A target and the listings of its SKU, its candidates, by channel id.
class TargetView {
 public:
  virtual ~TargetView() = default;
  [[nodiscard]] virtual TargetFacts target() const = 0;
  [[nodiscard]] virtual size_t candidates() const = 0;
  [[nodiscard]] virtual const ChannelRecord& channel(size_t candidate) const = 0;
  [[nodiscard]] virtual ListingFacts listing(size_t candidate) const = 0;
  // Is its channel the one whose rules counted before?
  [[nodiscard]] virtual bool owned_before(size_t candidate) const = 0;
  // Is its channel the one that somebody set as owner?
  [[nodiscard]] virtual bool chosen(size_t candidate) const = 0;
  // AvailableStock of its item by its channel's locations.
  [[nodiscard]] virtual std::optional<int64_t> available(size_t candidate) const = 0;
  // EffectiveLatency (latency.h) of its channel and item.
  [[nodiscard]] virtual std::optional<int32_t> latency(size_t candidate) const = 0;
  // Are the orders of every enabled account that sells one of the items known up to this time?
  [[nodiscard]] virtual bool orders_known(TimeUs up_to) const = 0;
};

// 0: its orders were never read.
[[nodiscard]] inline bool OrdersKnown(TimeUs watermark_us, TimeUs up_to) {
  return watermark_us > 0 && watermark_us >= up_to;
}

// What a note is about; kNothing: there is none.
enum class TargetReason : uint8_t {
  kNothing,
  kNotListed,
  kChannelDisabled,
  kSyncOff,
  kVanished,
  kIgnored,
  kUnlinked,
  kMarketplaceFulfils,
  kWitness,  // the candidate `witness` says that the marketplace fulfils the SKU
  kFulfilmentUnknown,
  kNoLevel,
  kOrdersBehind
};

struct ComputedQuantity {
  QuantityRules rules;
  int64_t available = 0;    // units of the item
  int64_t in_listings = 0;  // units of the listing
  int32_t quantity = 0;
};

struct TargetVerdict {
  TargetState state = TargetState::kNone;
  TargetReason reason = TargetReason::kNothing;
  std::optional<size_t> owner;    // the candidate whose rules count; nobody: the target keeps the owner it had
  std::optional<size_t> witness;  // with kWitness
  std::optional<ComputedQuantity> computed;
  std::optional<int32_t> wanted;
  // Days that go with the number; unset = what the marketplace keeps stays, unless it is to forget it.
  std::optional<int32_t> latency;
  bool clear_latency = false;
};

[[nodiscard]] TargetVerdict JudgeTarget(const TargetView& view);

// Why a listing takes no part; kNothing = it does.
[[nodiscard]] TargetReason ReasonToLeaveOut(const ChannelRecord& channel, const ListingFacts& listing);

[[nodiscard]] ComputedQuantity ComputeQuantity(int64_t available, const ChannelConfig& channel,
                                               const ListingFacts& listing);
// The number by a candidate's own rules and locations; nothing when its stock is unknown.
[[nodiscard]] std::optional<ComputedQuantity> ComputeQuantity(const TargetView& view, size_t candidate);

}  // namespace quayside
