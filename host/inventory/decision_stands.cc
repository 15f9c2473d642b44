#include "host/inventory/decision_stands.h"

namespace quayside {

bool DecisionStands(const LastDecision& last, const TargetVerdict& now) {
  if (!last.stored) return now.state == TargetState::kNone;
  const bool same_number = now.wanted.has_value() && last.wanted == now.wanted && last.same_owner;
  switch (last.state) {
    case TargetState::kChanged:
      return false;
    case TargetState::kNone:
      // The marketplace was asked, and did not say.
      if (last.reason == TargetReason::kFulfilmentUnknown && now.state == TargetState::kUnread) return last.same_owner;
      return now.state == TargetState::kNone && last.reason == now.reason && last.same_owner;
    case TargetState::kUnread:
      return now.state == TargetState::kUnread && last.same_owner;
    case TargetState::kInFlight:
    case TargetState::kInBulk:
      return same_number;
    case TargetState::kParked:
      return same_number && !last.rules_changed;
    case TargetState::kBraked:
      return same_number && now.state != TargetState::kCurrent;
    case TargetState::kCurrent:
    case TargetState::kDirty:
    case TargetState::kHeld:
      return same_number && last.state == now.state;
  }
  return false;
}

Urgency UrgencyOf(const TargetVerdict& now, std::optional<int32_t> shown) {
  if (now.state != TargetState::kDirty || !now.wanted.has_value()) return Urgency::kOther;
  if (*now.wanted == 0) return Urgency::kZero;
  if (!shown.has_value() || *now.wanted >= *shown) return Urgency::kOther;
  return *now.wanted <= kFewUnits ? Urgency::kFew : Urgency::kFewer;
}

}  // namespace quayside
