// fulfilment/1 quote, submit, cancel, pull_updates, reconcile: orders of other channels that Amazon's warehouse ships,
// through either version of Fulfillment Outbound (outbound_api.h).
#pragma once

#include "quayside/fulfilment.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

[[nodiscard]] sdk::Result<plugin::v1::QuoteOutboundReply> QuoteOutbound(const Settings& settings, ServerClock& clock,
                                                                        const plugin::v1::QuoteOutboundRequest& request,
                                                                        sdk::Step& step);
// Amazon knows an order by our id, so a second one of the same id cannot come to be. What Amazon refuses is looked for
// once: an order that is there is done.
[[nodiscard]] sdk::Result<plugin::v1::SubmitOutboundReply> SubmitOutbound(
    const Settings& settings, ServerClock& clock, const plugin::v1::SubmitOutboundRequest& request, sdk::Step& step);
[[nodiscard]] sdk::Result<plugin::v1::CancelOutboundReply> CancelOutbound(
    const Settings& settings, ServerClock& clock, const plugin::v1::CancelOutboundRequest& request, sdk::Step& step);
// Orders that changed, each with its shipments.
[[nodiscard]] sdk::Result<plugin::v1::PullOutboundUpdatesReply> PullOutboundUpdates(
    const Settings& settings, ServerClock& clock, const plugin::v1::PullOutboundUpdatesRequest& request,
    sdk::Step& step);
[[nodiscard]] sdk::Result<plugin::v1::ReconcileOutboundReply> ReconcileOutbound(
    const Settings& settings, ServerClock& clock, const plugin::v1::ReconcileOutboundRequest& request, sdk::Step& step);

}  // namespace quayside::amazon
