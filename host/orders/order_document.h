// The order as the plugin gave it, kept encrypted with the order's row: what the API shows beyond the columns.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/security/cipher.h"
#include "host/store/records.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

// Bound to (account, external id): moved to another row it does not open. `order_bytes`: an encoded Order.
[[nodiscard]] absl::StatusOr<std::string> SealOrderDocument(const Cipher& cipher, const std::string& account_id,
                                                            const std::string& external_id,
                                                            std::string_view order_bytes);
[[nodiscard]] absl::StatusOr<std::string> SealOrderDocument(const Cipher& cipher, const std::string& account_id,
                                                            const quayside::plugin::v1::Order& order);
[[nodiscard]] absl::StatusOr<quayside::plugin::v1::Order> OpenOrderDocument(const Cipher& cipher,
                                                                            const OrderRecord& record);

}  // namespace quayside
