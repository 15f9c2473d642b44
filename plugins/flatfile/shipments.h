// What a warehouse says of the orders that it ships. Each order has files of its own in the shipments place, named by
// the order's id: QS-17.csv, and QS-17_2.csv for what is said later. They stay there, so that asking again gives the
// same.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

// The order whose file it is; "" = it is no such file.
[[nodiscard]] std::string OutboundIdOfFile(std::string_view name);

// The orders of `ids` of which something is said. What is no whole file yet, or has a line that cannot be read, is told
// in the log and says nothing.
[[nodiscard]] sdk::Result<std::map<std::string, plugin::v1::OutboundState>> ReadShipments(
    const Settings& settings, const std::set<std::string>& ids, sdk::Step& step);

// fulfilment/1 reconcile.
[[nodiscard]] sdk::Result<plugin::v1::ReconcileOutboundReply> ReconcileOutbound(
    const Settings& settings, const plugin::v1::ReconcileOutboundRequest& request, sdk::Step& step);

// An order that was handed over lies there yet: the warehouse does not know of it. False where that cannot be listed.
[[nodiscard]] sdk::Result<bool> AnyOrderWaits(const Settings& settings, sdk::Step& step);

}  // namespace quayside::flatfile
