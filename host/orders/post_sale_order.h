// What a person takes back of an order, written as intents. Parts of one transaction; the lane of the
// account's post-sale work hands them over. An order changes when the marketplace says that it has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/orders/post_sale_rules.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

struct PostSaleInputs {
  Tx& tx;
  IdSource& ids;
  const Cipher& cipher;
  TimeUs now = 0;
  bool cancels = false;  // the account's plugin offers "cancel" of post_sale/1
  bool refunds = false;  // and its "refund"
};

// ORDER_NOT_FOUND, ORDER_NOT_CANCELLABLE, CONTRACT_NOT_OFFERED, INVALID_ARGUMENT with every violation.
[[nodiscard]] absl::StatusOr<PostSaleRecord> CancelOrder(const PostSaleInputs& in, int64_t order_id,
                                                         const CancelWish& wish);
// ORDER_NOT_FOUND, ORDER_NOT_REFUNDABLE, CONTRACT_NOT_OFFERED, INVALID_ARGUMENT with every violation.
[[nodiscard]] absl::StatusOr<PostSaleRecord> RefundOrder(const PostSaleInputs& in, int64_t order_id,
                                                         const RefundWish& wish);

// It is handed over (again), at once; its dead letter is closed. Whether it still may is checked as at first.
// POST_SALE_ACTION_NOT_FOUND, POST_SALE_ACTION_NOT_RETRYABLE, and what CancelOrder and RefundOrder give.
[[nodiscard]] absl::StatusOr<PostSaleRecord> RetryPostSale(const PostSaleInputs& in, int64_t order_id, int32_t number);

struct SettledPostSale {
  PostSaleRecord action;
  std::vector<std::string> accounts;  // whose quantities are to be decided again
};
// Somebody looked at the marketplace: it is in force, or it is not. POST_SALE_ACTION_NOT_FOUND,
// POST_SALE_ACTION_NOT_UNCLEAR.
[[nodiscard]] absl::StatusOr<SettledPostSale> SettlePostSale(const PostSaleInputs& in, int64_t order_id, int32_t number,
                                                             bool done);

}  // namespace quayside
