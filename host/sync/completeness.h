// Which span of an account's orders is compared with another list of them, and when. Pure.
//
// A span is closed: it ended some time ago, and the orders lane has read beyond its end, so that what it lacks is
// missing and not merely late. It reaches back over the one before: a list may have gaps of its own, and what it did
// not name then it may name now. Of a time that is longer than a list may cover the earliest part comes first, so that
// what is compared has no gap.
#pragma once

#include <optional>

#include "host/base/clock.h"
#include "host/store/proof_records.h"
#include "host/store/records.h"

namespace quayside {

inline constexpr DurationUs kSpanSettlesUs = kHourUs;
inline constexpr DurationUs kSpanReachesBackUs = 3 * kDayUs;
inline constexpr DurationUs kLongestSpanUs = 30 * kDayUs;
inline constexpr DurationUs kShortestSpanUs = 10 * kMinuteUs;
// One that is not over after this long is given up: what a list may name of it, or how, has changed. The next one
// covers it.
inline constexpr DurationUs kSpanGivenUpUs = 7 * kDayUs;

// Why the dead letter of a missing order was made; what it is known by until it is taken in.
inline constexpr char kMissingOrderReason[] =
    "another list of the marketplace's orders names this one, and it had not come in";

struct OrdersSpan {
  TimeUs from_us = 0;
  TimeUs to_us = 0;

  bool operator==(const OrdersSpan&) const = default;
};

[[nodiscard]] inline bool IsUnderWay(const CompletenessRecord& record) {
  return record.begun_us != 0 && record.done_us == 0;
}

[[nodiscard]] inline bool IsGivenUp(const CompletenessRecord& record, TimeUs now) {
  return IsUnderWay(record) && now >= record.begun_us + kSpanGivenUpUs;
}

// When the next comparison is to begin (next_comparison.h); 0 = at once.
[[nodiscard]] TimeUs NextComparisonUs(const CompletenessRecord& record, DurationUs interval_us);

// `orders`: the account's orders lane. Nothing: its orders are not known far enough yet.
[[nodiscard]] std::optional<OrdersSpan> NextSpan(const CompletenessRecord& record, const LaneRecord& orders,
                                                 TimeUs now);

// Begins a span, and ends the one under way.
[[nodiscard]] CompletenessRecord WithSpanBegun(CompletenessRecord record, const OrdersSpan& span, TimeUs now);
[[nodiscard]] CompletenessRecord WithSpanEnded(CompletenessRecord record, TimeUs now);

}  // namespace quayside
