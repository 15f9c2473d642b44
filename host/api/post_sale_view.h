// Cancellations and refunds between the request, the rules (host/orders/post_sale_order.h) and the answer.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "host/orders/post_sale_rules.h"
#include "host/store/store.h"
#include "quayside/v1/order_service.pb.h"
#include "quayside/v1/post_sale.pb.h"

namespace quayside {

// INVALID_ARGUMENT with every violation of form; the rest is the rules'.
[[nodiscard]] absl::StatusOr<CancelWish> ParseCancellation(const quayside::v1::CancelOrderRequest& request);
[[nodiscard]] absl::StatusOr<RefundWish> ParseRefund(const quayside::v1::RefundOrderRequest& request);

// Without notes.
[[nodiscard]] quayside::v1::PostSaleAction ToProto(const PostSaleRecord& action);
[[nodiscard]] absl::StatusOr<quayside::v1::PostSaleAction> ToProtoWithNotes(ReadTx& tx, const PostSaleRecord& action);

}  // namespace quayside
