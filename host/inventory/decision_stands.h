// When a quantity has to be decided again, and how urgently: pure functions of what a target's row says of its last
// decision and what the verdict is now.
#pragma once

#include <cstdint>
#include <optional>

#include "host/inventory/target_verdict.h"
#include "host/store/records.h"

namespace quayside {

// The last decision, as the target's row tells it.
struct LastDecision {
  bool stored = false;  // there is a row
  TargetState state = TargetState::kNone;
  std::optional<int32_t> wanted;
  // Why nothing is sent, in kNone; kFulfilmentUnknown: the marketplace was asked and did not say.
  TargetReason reason = TargetReason::kNothing;
  // The row's owner is the channel whose rules count now, or none counts.
  bool same_owner = true;
  // The configuration of the channel whose rules count changed since: what was refused for good is tried again.
  bool rules_changed = false;
};

// False: the row is to be decided again. What travels stands while its number is the right one.
[[nodiscard]] bool DecisionStands(const LastDecision& last, const TargetVerdict& now);

// The most urgent first. kZero: is to show none. kFew, kFewer: fewer than it shows.
enum class Urgency : uint8_t { kZero = 0, kFew = 1, kFewer = 2, kOther = 3 };
inline constexpr int kUrgencies = 4;

// `shown`: the most that the channel may show, as far as is known.
[[nodiscard]] Urgency UrgencyOf(const TargetVerdict& now, std::optional<int32_t> shown);

}  // namespace quayside
