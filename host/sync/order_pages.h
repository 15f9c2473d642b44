// What the live window and the history of an orders lane share: a page is pulled, checked and made ready to be stored.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "host/orders/order_import.h"
#include "host/orders/order_page.h"
#include "host/sync/step.h"

namespace quayside {

// Points into the page.
struct PreparedOrders {
  std::vector<IncomingOrder> orders;
  std::vector<DeadLetterRecord> dead_letters;
};

[[nodiscard]] absl::StatusOr<std::unique_ptr<OrderPage>> PullOrderPage(
    const StepInputs& in, const quayside::plugin::v1::PullOrdersRequest& request);

// Checks and seals every order; what cannot be stored is a dead letter.
[[nodiscard]] absl::StatusOr<PreparedOrders> PrepareOrders(const StepInputs& in, const OrderPage& pulled);

// Inside the step's transaction, with an event for each.
[[nodiscard]] absl::Status PutOrderLetters(Tx& tx, const StepInputs& in, const std::vector<DeadLetterRecord>& letters);

}  // namespace quayside
