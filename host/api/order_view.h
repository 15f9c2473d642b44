// Orders as clients see them.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/v1/order_service.pb.h"

namespace quayside {

// What of its channel has a say in how an order is shown, each channel read once.
class ChannelsOfOrders {
 public:
  // `tx` outlives this.
  explicit ChannelsOfOrders(ReadTx& tx) : tx_(tx) {}

  // As long as this lives. nullptr: its channel is gone, or it has none.
  [[nodiscard]] absl::StatusOr<const ChannelConfig*> Of(const OrderRecord& order);

 private:
  ReadTx& tx_;
  std::map<std::string, std::optional<ChannelConfig>> configs_;
};

// What the columns know: no personal data.
[[nodiscard]] absl::StatusOr<quayside::v1::Order> ShowOrder(ReadTx& tx, ChannelsOfOrders& channels,
                                                            const OrderRecord& record);

// What only the marketplace's document knows; the recipient unless it was erased.
void AddOrderDocument(const quayside::plugin::v1::Order& document, quayside::v1::Order& out);

// What stands in for an address the marketplace does not disclose. The stored order is left as it is: the real address
// takes its place as soon as it comes. `plugin_name`: for whom nothing was chosen.
void StandInForEmail(const std::string& undisclosed_email, const std::string& plugin_name, quayside::v1::Order& out);

}  // namespace quayside
