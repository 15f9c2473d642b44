// One order that a person asked for by the marketplace's id: what the plugin says of it ("get" of order_sync/1), taken
// in at once, beside the orders lane. An order that is stored newer stays so, so the lane need not be fenced.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/ids.h"
#include "host/security/cipher.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

inline constexpr char kOrderContract[] = "order_sync/1";

[[nodiscard]] bool OffersSingleOrders(const quayside::plugin::v1::Manifest& manifest);

// kUnchanged: what is stored is as new, or newer. kUnreadable: it is a dead letter of the orders lane.
enum class SingleOrderOutcome { kReceived, kUpdated, kUnchanged, kUnreadable };

struct SingleOrder {
  SingleOrderOutcome outcome = SingleOrderOutcome::kReceived;
  int64_t order_id = 0;   // 0: kUnreadable, and no order of this id is stored
  int64_t letter_id = 0;  // of kUnreadable
  std::string problem;    // likewise: why it cannot be taken in, without personal data
  std::vector<std::string> accounts_with_changed_targets;
};

struct SingleOrderInputs {
  Tx& tx;
  IdSource& ids;
  const Cipher& cipher;
  TimeUs now = 0;
};

// The order as the plugin answered for it alone, in a transaction: stored as any other, its open dead letter closed.
// ORDER_NOT_FOUND: the marketplace does not know it. ORDER_ELSEWHERE: it was sold on another marketplace than the
// channel's; nothing is stored. CHANNEL_UNAVAILABLE: the plugin did not get to it. PLUGIN_FAULT: it answered for
// another order.
[[nodiscard]] absl::StatusOr<SingleOrder> TakeInSingleOrder(const SingleOrderInputs& in, const ChannelRecord& channel,
                                                            const std::string& external_id,
                                                            const quayside::plugin::v1::GetOrdersReply& reply);

}  // namespace quayside
