// Cancellations and refunds as pure functions: what may be taken back, how much money may be given back,
// and what an order's lines are once units of it are cancelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/post_sale_records.h"
#include "host/store/records.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {

struct CancelWish {
  quayside::plugin::v1::CancelReason cause = quayside::plugin::v1::CANCEL_REASON_UNSPECIFIED;
  // Units by line; empty: all that is left of the order.
  std::vector<PostSaleLine> lines;
};

struct RefundWish {
  quayside::plugin::v1::RefundReason cause = quayside::plugin::v1::REFUND_REASON_UNSPECIFIED;
  std::string currency;
  std::vector<PostSaleLine> lines;
};

inline constexpr int32_t kMostPostSales = 1000;  // of one order
// Of one part of a price, in whole units of the currency.
inline constexpr int64_t kMostRefundUnits = 100'000'000;

// Somebody is yet to be told or asked, or to say what became of it.
[[nodiscard]] bool IsOpen(PostSaleState state);
// May somebody ask for it (again)?
[[nodiscard]] bool IsRetryable(PostSaleState state);

// ORDER_NOT_CANCELLABLE with what to do about it: not paid, despatched, cancelled, held, shipped by the marketplace,
// nothing is left, or a cancellation of it is under way: another one waits for its end, since the marketplace counts
// units.
[[nodiscard]] absl::Status CheckCancellable(const OrderRecord& order, const std::vector<OrderLineRecord>& lines,
                                            const std::vector<PostSaleRecord>& earlier);
// ORDER_NOT_REFUNDABLE: nothing of it has left, or the marketplace ships it and gives money back itself.
[[nodiscard]] absl::Status CheckRefundable(const OrderRecord& order, const std::vector<OrderLineRecord>& lines);

struct Cancelled {
  std::vector<PostSaleLine> lines;
  bool whole_order = false;  // every unit that was bought
};
// INVALID_ARGUMENT with every violation: unknown or repeated lines, quantities below 1 or above what is left, no
// reason.
[[nodiscard]] absl::StatusOr<Cancelled> UnitsToCancel(const std::vector<OrderLineRecord>& lines,
                                                      const CancelWish& wish);

// INVALID_ARGUMENT with every violation: unknown or repeated lines, lines of which nothing has left, parts that are
// named twice, amounts that are not above 0, another currency, more than was paid for the line as far as the order
// tells, with all that was given back or is being given back by `earlier`. What was paid is known of the line's
// document only.
[[nodiscard]] absl::Status CheckRefund(const quayside::plugin::v1::Order& document,
                                       const std::vector<OrderLineRecord>& lines,
                                       const std::vector<PostSaleRecord>& earlier, const RefundWish& wish);

// Units of cancellations under way are spoken for: the lines as if they were done, for whoever wants to despatch.
[[nodiscard]] std::vector<OrderLineRecord> WithoutSpokenFor(std::vector<OrderLineRecord> lines,
                                                            const std::vector<PostSaleRecord>& actions);

// The lines once the cancellation is done. What the marketplace reported meanwhile stays.
[[nodiscard]] std::vector<OrderLineRecord> AfterCancellation(std::vector<OrderLineRecord> lines,
                                                             const PostSaleRecord& cancellation);
// Of an order after units of it were cancelled.
[[nodiscard]] OrderState StateAfterCancellation(OrderState before, const std::vector<OrderLineRecord>& lines);
// Does the order, as it was read, bear the cancellation already?
[[nodiscard]] bool ShowsCancellation(const OrderRecord& order, const std::vector<OrderLineRecord>& lines,
                                     const PostSaleRecord& cancellation);

// Does the marketplace put the units back on sale, so that its figure is stale?
[[nodiscard]] bool PutsBackOnSale(const PostSaleRecord& cancellation);

// Why nothing may be sent for the channel; empty: it may. `channel`: nullopt = deleted, or never made.
struct PostSaleGate {
  std::string reason;
  std::string message;
};
[[nodiscard]] PostSaleGate PostSaleGateOf(const std::optional<ChannelRecord>& channel);

}  // namespace quayside
