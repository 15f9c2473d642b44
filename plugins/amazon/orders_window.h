// Which window of changes is read next, and what follows from how reading it went. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "orders_position.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside::amazon {

constexpr int64_t kOverlapUs = 15 * kMinuteUs;  // a change may become visible this late
constexpr int64_t kSettleUs = 3 * kMinuteUs;    // a window ends this long ago, by Amazon's clock
constexpr int64_t kRefusedUs = 2 * kMinuteUs;   // Amazon refuses a window that ends later than this
constexpr int64_t kPollUs = 240 * kSecondUs;    // 15 of the 20 calls an hour; the rest is for further pages
constexpr int64_t kTokenLifeUs = 23 * kHourUs;  // Amazon: 24 h
constexpr int64_t kMinSpanUs = kHourUs;
constexpr int64_t kMaxSpanUs = 64 * kDayUs;
constexpr int32_t kQuickRestarts = 3;  // after these, one in 15 minutes
constexpr int64_t kRestartPauseUs = 15 * kMinuteUs;
constexpr int64_t kOldestUs = 1'451'606'400'000'000;  // 2016-01-01: no marketplace has older orders

[[nodiscard]] OrdersPosition FirstPosition(int64_t changed_from_us, int64_t changed_to_us);

// The latest end a window of `position` may have now.
[[nodiscard]] int64_t LatestEnd(const OrdersPosition& position, int64_t server_now_us);

// The next window, without the parameters that are not times; empty when nothing new can be there yet.
[[nodiscard]] std::optional<OrdersSequence> NextWindow(const OrdersPosition& position, int64_t server_now_us);

// The page sequence is complete: the watermark moves, the longest window adapts to how much was in this one.
void CompleteWindow(OrdersPosition& position);

// Reads the window from its beginning again. `outlived`: the token died of age, so the window is too much for a day's
// allowance and becomes half as long.
void RestartWindow(OrdersPosition& position, bool outlived);

}  // namespace quayside::amazon
