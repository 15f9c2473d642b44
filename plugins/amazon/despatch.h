// despatch/1: confirmShipment for what is tracked, one call per package; the order fulfilment feed for what is not,
// since the call demands a tracking number.
#pragma once

#include "quayside/despatch.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

// Packages with a tracking number are `done` when Amazon takes them (the package number makes sending again an edit);
// those without travel in one feed per marketplace and are `accepted`. An order of Amazon's own shipping programme is
// rejected unsent: Amazon knows of its despatch. What Amazon refuses is looked at once: a package that is there as
// intended is done.
[[nodiscard]] sdk::Result<plugin::v1::ConfirmDespatchReply> ConfirmDespatch(
    const Settings& settings, ServerClock& clock, const plugin::v1::ConfirmDespatchRequest& request, sdk::Step& step);

[[nodiscard]] sdk::Result<plugin::v1::PollDespatchReply> PollDespatch(const Settings& settings, ServerClock& clock,
                                                                      const plugin::v1::PollDespatchRequest& request,
                                                                      sdk::Step& step);

// Reads each order once, with its packages. A package without a tracking number is absent only when no feed it may have
// travelled in shows, or each of them is over and its packages would show.
[[nodiscard]] sdk::Result<plugin::v1::ReconcileDespatchReply> ReconcileDespatch(
    const Settings& settings, ServerClock& clock, const plugin::v1::ReconcileDespatchRequest& request, sdk::Step& step);

}  // namespace quayside::amazon
