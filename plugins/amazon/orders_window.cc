#include "orders_window.h"

#include <algorithm>

namespace quayside::amazon {
namespace {

constexpr int32_t kFewPages = 2;
constexpr int32_t kManyPages = 60;  // three hours of allowance

}  // namespace

OrdersPosition FirstPosition(int64_t changed_from_us, int64_t changed_to_us) {
  OrdersPosition position;
  position.from_us = std::max(FloorSecond(changed_from_us), kOldestUs);
  position.watermark_us = position.from_us;
  // Rounded up: the second that holds the end is read whole.
  if (changed_to_us > 0) position.to_us = FloorSecond(changed_to_us + kSecondUs - 1);
  return position;
}

int64_t LatestEnd(const OrdersPosition& position, int64_t server_now_us) {
  const int64_t settled = FloorSecond(server_now_us - kSettleUs);
  return position.to_us == 0 ? settled : std::min(settled, position.to_us);
}

std::optional<OrdersSequence> NextWindow(const OrdersPosition& position, int64_t server_now_us) {
  const int64_t end = LatestEnd(position, server_now_us);
  if (end <= position.watermark_us) return std::nullopt;
  OrdersSequence window;
  window.after_us = std::max(position.from_us, position.watermark_us - kOverlapUs);
  window.before_us = std::min(end, position.watermark_us + position.span_us);
  window.until_us = window.before_us;
  window.more_windows = window.before_us < end;
  return window;
}

void CompleteWindow(OrdersPosition& position) {
  const OrdersSequence& window = *position.sequence;
  position.watermark_us = std::max(position.watermark_us, window.until_us);
  if (window.more_windows && window.pages <= kFewPages) position.span_us = std::min(position.span_us * 2, kMaxSpanUs);
  if (window.pages > kManyPages) position.span_us = std::max(position.span_us / 2, kMinSpanUs);
  position.sequence.reset();
}

void RestartWindow(OrdersPosition& position, bool outlived) {
  OrdersSequence& window = *position.sequence;
  if (outlived) {
    const int64_t half = FloorSecond(position.watermark_us + (window.before_us - position.watermark_us) / 2);
    if (half - position.watermark_us >= kMinSpanUs / 60) {
      window.before_us = half;
      window.more_windows = true;
      position.span_us = std::max(half - position.watermark_us, kMinSpanUs);
    }
    window.restarts = 0;
  } else {
    ++window.restarts;
  }
  window.until_us = window.before_us;
  window.token.clear();
  window.first_id.clear();
  window.pages = 0;
}

}  // namespace quayside::amazon
