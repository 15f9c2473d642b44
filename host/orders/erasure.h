// Erases what is kept of an order's buyer, for good: the row stays, a later report of the order does not
// bring anything back (order_merge.h), and the audit trail says what was erased when and by which rule.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/orders/retention.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// The order's document, the records of its dead letters, tracking numbers and requests of packages that are over (those
// of an open one go when it is over); with the event "order.personal_data_erased". Answers the order as it is then.
// Nothing happens when it was erased before.
[[nodiscard]] absl::StatusOr<OrderRecord> EraseOrder(Tx& tx, const Cipher& cipher, TimeUs now,
                                                     const OrderRecord& order);

// The evidence that the host erased by itself: an audit record without personal data.
[[nodiscard]] absl::Status NoteErasure(Tx& tx, TimeUs now, const OrderRecord& order, const Retention& retention);

// A letter about an order (`letter.key`) of the account; without its record when the order's personal data was erased.
[[nodiscard]] absl::Status PutOrderLetter(Tx& tx, const std::string& account_id, DeadLetterRecord letter);

struct ErasedPiece {
  int64_t orders = 0;
  int64_t letters = 0;
  bool more = false;  // there may be further ones
};

// Looks at up to `limit` orders that may be due, and at as many records of dead letters that were last seen 30 days
// ago, and erases what is; in one transaction.
[[nodiscard]] absl::StatusOr<ErasedPiece> ErasePiece(Store& store, const Cipher& cipher, TimeUs now, int limit);

}  // namespace quayside
