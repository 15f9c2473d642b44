// What a marketplace's warehouse is to be told of an order, or why it is not told. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/store/outbound_records.h"
#include "host/store/records.h"
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

// Why an order is not submitted; no reason = nothing stands against it.
struct Hindrance {
  std::string reason;
  std::string message;

  [[nodiscard]] bool any() const { return !reason.empty(); }
};

// As the warehouse is to be told of it. With a hindrance it is not complete.
struct OutboundDraft {
  quayside::plugin::v1::OutboundOrder order;
  Hindrance hindrance;
};

// What is known before the order's document is opened. `lines`: the order's, as they are by now. `owner`: the
// warehouse's channel, if it is there.
[[nodiscard]] Hindrance HindranceOf(const OutboundRecord& outbound, const OrderRecord& order,
                                    const std::vector<OrderLineRecord>& lines,
                                    const std::optional<ChannelRecord>& owner);

// `document`: the order as its own marketplace gave it. `currency`: the one the warehouse's marketplace counts in.
[[nodiscard]] OutboundDraft DraftOutbound(const OutboundRecord& outbound, const OrderRecord& order,
                                          const ChannelRecord& owner, const quayside::plugin::v1::Order& document,
                                          const std::string& currency);

}  // namespace quayside
