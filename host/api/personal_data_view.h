// What is told to somebody who asks what is kept of him, and the orders of one buyer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// All personal fields of the order's document, its packages and the dead letters about it, as they are stored.
[[nodiscard]] absl::StatusOr<std::vector<quayside::v1::PersonalField>> PersonalFieldsOf(ReadTx& tx,
                                                                                        const Cipher& cipher,
                                                                                        const OrderRecord& order);

struct BuyersOrders {
  std::vector<OrderRecord> orders;
  int64_t through_id = 0;  // where the next page begins
  bool last = false;
};

// Up to `size` orders of the buyer with this e-mail address, older than `before_id` (0 = from the newest): a bounded
// look, since what is encrypted is in no index. `email` in lower case.
[[nodiscard]] absl::StatusOr<BuyersOrders> FindOrdersOfBuyer(ReadTx& tx, const Cipher& cipher, const std::string& email,
                                                             int64_t before_id, int size);

}  // namespace quayside
