// The oversell window: for how long a channel may show more than it may by the host's stock. Pure; what of
// it is remembered stands in the target's row.
//
// It opens for a target when a change is committed after which its number is lower than one the marketplace may show
// (may_show.h): with the first change since the last decision, whether the host knew then or not. It closes when the
// marketplace has acknowledged a number that was decided after that change, and no document with an older one can come
// into force any more. Without an acknowledgement it ends, uncounted, when nothing has to be lowered any more (the
// stock came back) or nothing is sent (the listing is ignored, the channel is off). What is refused, stopped by the
// brake or of unknown outcome is open.
#pragma once

#include <optional>

#include "host/store/records.h"

namespace quayside {

// Closed windows are counted by the hour, for this one and the 23 before it.
inline constexpr DurationUs kOversellHourUs = kHourUs;
inline constexpr int kOversellHours = 24;

// When the hour of `now` began, and the first that counts.
[[nodiscard]] constexpr TimeUs OversellHourOf(TimeUs now) { return now - now % kOversellHourUs; }
[[nodiscard]] constexpr TimeUs FirstOversellHour(TimeUs now) {
  return OversellHourOf(now) - (kOversellHours - 1) * kOversellHourUs;
}

// The target after a decision, which has set `shown` and `wanted`: its window opens at `since`, goes on, or ends.
void FollowDecision(TimeUs since, TargetRecord& decided);

// A number decided this moment leaves for the marketplace: it carries every lowering so far.
inline void CarryLowerings(TargetRecord& target) { target.lowered_later_us = 0; }

// The marketplace acknowledged the number that left last, and no other is on its way. How long the window was; nullopt:
// there was none.
[[nodiscard]] std::optional<DurationUs> CloseWindow(TimeUs now, TargetRecord& target);

}  // namespace quayside
