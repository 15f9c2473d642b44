// What happened to one order (OrderService.ListOrderHistory), put together of what is kept of it: its events, the calls
// about it in the audit trail, the trails of its packages, cancellations and refunds, and what warehouses did with it.
// Without personal data: none of these holds any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/api/services.h"
#include "host/store/store.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

struct HistoryStep {
  std::string key;  // in the order of the keys; stays the same as long as what it tells of is kept
  quayside::v1::OrderHistoryEntry entry;
};

// Oldest first. ORDER_NOT_FOUND.
[[nodiscard]] absl::StatusOr<std::vector<HistoryStep>> ReadOrderHistory(ReadTx& tx, int64_t order_id);

[[nodiscard]] absl::Status ShowOrderHistory(Store& store, const quayside::v1::ListOrderHistoryRequest& request,
                                            quayside::v1::ListOrderHistoryResponse& response);

}  // namespace quayside
