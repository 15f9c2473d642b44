// What should happen to a quantity target now: a pure function of everything that has a say,
// with the reason in words and as facts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/inventory/quantity_rules.h"
#include "host/inventory/target_verdict.h"
#include "host/store/records.h"

namespace quayside {

// A listing of the target's SKU with what belongs to it.
struct TargetCandidate {
  ChannelRecord channel;
  ListingRecord listing;
  std::vector<LocationStock> stock;  // of the linked item; empty when unlinked
  // Of the linked item; may be left out where they have no say (product_based_latency is off).
  std::map<std::string, std::string> properties;
};

// How far the orders of an account that sells the item are known.
struct OrderFreshness {
  std::string account_id;
  TimeUs watermark_us = 0;
};

struct TargetInputs {
  TargetRecord target;
  std::vector<TargetCandidate> candidates;    // by channel id
  std::vector<OrderFreshness> order_sources;  // enabled accounts that sell the item and offer orders
};

struct TargetDecision {
  // kNone, kCurrent, kDirty (send `wanted`), kHeld, or kUnread.
  TargetState state = TargetState::kNone;
  TargetReason reason = TargetReason::kNothing;
  std::optional<int32_t> wanted;
  // What goes with it, as in TargetVerdict.
  std::optional<int32_t> latency;
  bool clear_latency = false;
  std::string owner_channel_id;
  std::string note;
  // JSON: levels, reservations, rules, revision, channels that want another number. Kept with the submission, so that
  // "why 7?" has an answer for ever.
  std::string explanation;
};

[[nodiscard]] TargetDecision DecideTarget(const TargetInputs& inputs);

// Notes of kNone after the marketplace was asked who fulfils a listing, and did not say. Only a mark has it asked
// again.
inline constexpr std::string_view kNotSaidNote =
    "the marketplace does not say who fulfils this listing; no quantity is sent";
inline constexpr std::string_view kSkuNotKnownNote = "the marketplace does not know this SKU; no quantity is sent";

// Why nothing is sent, as a row's note says it; kNothing: it says something else than `decision` would.
[[nodiscard]] TargetReason ReasonOfNote(std::string_view note, const TargetDecision& decision);

// The verdict's reason in words. `accounts_behind`: those a raise waits for, separated by ", ".
[[nodiscard]] std::string TargetNote(const TargetVerdict& verdict, std::string_view witness_channel,
                                     std::string_view accounts_behind);

}  // namespace quayside
