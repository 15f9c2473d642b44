// What a marketplace may show for a target: the number it acknowledged last, or a higher one that was sent since and
// whose outcome nobody knows. A number below that is a lowering, whatever was acknowledged. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "host/store/records.h"

namespace quayside {

[[nodiscard]] inline std::optional<int32_t> HigherOf(const std::optional<int32_t>& a, const std::optional<int32_t>& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() ? a : b;
  return std::max(*a, *b);
}

// Besides what was acknowledged: numbers of unknown outcome, and the one of a document, which may come into force at
// any moment. unset = there are none.
[[nodiscard]] inline std::optional<int32_t> MayShowBesides(const TargetRecord& target) {
  return HigherOf(target.may_show, target.bulk_quantity);
}

// The highest of all; unset = nobody knows.
[[nodiscard]] inline std::optional<int32_t> MostThatMayShow(const TargetRecord& target) {
  return HigherOf(target.accepted.has_value() ? target.accepted : target.shown, MayShowBesides(target));
}

// A number was sent, and nobody knows whether it came into force.
inline void NoteUnknownOutcome(TargetRecord& target, int32_t quantity) {
  target.may_show = HigherOf(target.may_show, quantity);
}

// The marketplace told what it shows, after whatever was sent before: `target.accepted`, and nothing else.
inline void ForgetUnknownOutcomes(TargetRecord& target) { target.may_show.reset(); }

}  // namespace quayside
