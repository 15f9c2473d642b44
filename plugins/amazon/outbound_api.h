// Fulfillment Outbound as the plugin needs it, whichever of Amazon's two versions answers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "caller.h"
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "write_answer.h"

namespace quayside::amazon {

// One page of orders that changed. Those of 2020-07-01 come without their shipments.
struct OutboundPage {
  std::vector<plugin::v1::OutboundState> states;
  std::vector<plugin::v1::BadRecord> bad_records;
  std::string next_token;
  bool with_shipments = false;
};

class OutboundApi {
 public:
  virtual ~OutboundApi() = default;
  [[nodiscard]] virtual sdk::Result<plugin::v1::QuoteOutboundReply> Quote(const plugin::v1::OutboundOrder& order) = 0;
  // kTaken: Amazon has the order; with the status 202 it works on taking it.
  [[nodiscard]] virtual WriteAnswer Create(const plugin::v1::OutboundOrder& order) = 0;
  // kTaken: it is cancelled; with the status 202 it is asked for and may still fail, and updates tell.
  [[nodiscard]] virtual WriteAnswer Cancel(const std::string& outbound_id) = 0;
  // Nothing when Amazon has no such order.
  [[nodiscard]] virtual sdk::Result<std::optional<plugin::v1::OutboundState>> Get(const std::string& outbound_id) = 0;
  // Orders whose status changed at `since_us` (Amazon's time) or later; `token` of the page before, or empty.
  [[nodiscard]] virtual sdk::Result<OutboundPage> List(int64_t since_us, const std::string& token) = 0;
};

[[nodiscard]] std::unique_ptr<OutboundApi> MakeOutbound2020(Caller& caller);
[[nodiscard]] std::unique_ptr<OutboundApi> MakeOutbound2026(Caller& caller);
// The version of the account's settings. An order that it does not know is read and cancelled through the other: the
// option may have been changed while the order was under way, and what is there must not be sent again.
[[nodiscard]] std::unique_ptr<OutboundApi> MakeOutbound(Caller& caller);

}  // namespace quayside::amazon
