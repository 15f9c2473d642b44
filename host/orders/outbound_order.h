// An order is given to a marketplace's warehouse, and taken back. Parts of one transaction; the lane of
// the account's outbound orders talks to the warehouse. While it is there the order is locked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/base/reasons.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

namespace quayside {

struct OutboundInputs {
  Tx& tx;
  IdSource& ids;
  TimeUs now = 0;
};

struct AllocationWish {
  std::string location_id;
  // The SKU to ship by, of the order's line. One that cannot ship it is passed over, which is told; such a line, and
  // those that are not named, go as PartFor says.
  std::map<std::string, std::string> preferred_skus;
};

struct ChangedOutbound {
  OutboundRecord outbound;
  std::vector<std::string> accounts;  // whose quantities are to be decided again
};

// SKUs that are passed over stand in the answer's `message` until the warehouse answers, and in the event for good.
// ORDER_NOT_FOUND, LOCATION_NOT_FOUND, ORDER_NOT_ALLOCATABLE with what stands against it: not open, not the merchant's
// to ship, allocated already, being cancelled, a line that is unlinked or that the warehouse knows no SKU of.
[[nodiscard]] absl::StatusOr<ChangedOutbound> AllocateOrder(const OutboundInputs& in, int64_t order_id,
                                                            const AllocationWish& wish);
// What was never sent is the merchant's again at once; else the warehouse is asked. ALLOCATION_NOT_FOUND,
// ALLOCATION_NOT_CANCELLABLE.
[[nodiscard]] absl::StatusOr<ChangedOutbound> TakeBackOrder(const OutboundInputs& in, int64_t order_id);

// The order is the merchant's again: where it sat before, reserving what is left.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ReleaseOrder(Tx& tx, TimeUs now, const OutboundRecord& outbound);
// The centre has taken the order's units off its own figure: they are reserved no longer.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> CountAsTaken(Tx& tx, TimeUs now, int64_t order_id);

// The row and the event "allocation.{word}". `passed_over`: SKUs that were wished for and are not used, and why.
[[nodiscard]] absl::Status TellOutbound(Tx& tx, TimeUs now, const OutboundRecord& outbound,
                                        const std::string& passed_over = {});
// ORDER_NOT_DESPATCHABLE-like refusal for whoever wants to change an order that is in a warehouse's hands: `reason`
// with why.
[[nodiscard]] absl::Status CheckNotAllocated(ReadTx& tx, const OrderRecord& order, Reason reason);

}  // namespace quayside
