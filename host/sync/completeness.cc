#include "host/sync/completeness.h"

#include <algorithm>
#include <utility>

#include "host/sync/next_comparison.h"

namespace quayside {

TimeUs NextComparisonUs(const CompletenessRecord& record, DurationUs interval_us) {
  return NextComparisonUs(record.account_id, record.begun_us, interval_us);
}

std::optional<OrdersSpan> NextSpan(const CompletenessRecord& record, const LaneRecord& orders, TimeUs now) {
  const TimeUs known_to_us = std::min(now - kSpanSettlesUs, orders.cursor.watermark_us);
  OrdersSpan span;
  span.from_us = known_to_us - kSpanReachesBackUs;
  if (record.checked_to_us > 0) span.from_us = std::min(span.from_us, record.checked_to_us);
  // What changed before the live window began is history, which comes in its own time.
  span.from_us = std::max(span.from_us, orders.backfill.start_us);
  span.to_us = std::min(known_to_us, span.from_us + kLongestSpanUs);
  if (span.to_us - span.from_us < kShortestSpanUs) return std::nullopt;
  return span;
}

CompletenessRecord WithSpanBegun(CompletenessRecord record, const OrdersSpan& span, TimeUs now) {
  record.from_us = span.from_us;
  record.to_us = span.to_us;
  record.begun_us = now;
  record.done_us = 0;
  record.cursor = {};
  record.named = 0;
  record.missing = 0;
  record.unreadable = 0;
  return record;
}

CompletenessRecord WithSpanEnded(CompletenessRecord record, TimeUs now) {
  record.checked_to_us = std::max(record.checked_to_us, record.to_us);
  record.done_us = now;
  record.cursor = {};
  ++record.checks;
  return record;
}

}  // namespace quayside
