// What works for one channel and what is missing (ChannelService.TestChannel): what is known here, and what the
// marketplace says of the channel's account.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/api/services.h"
#include "host/plugin/catalog.h"
#include "quayside/v1/channel_service.pb.h"

namespace quayside {

// The plugin's marketplaces that the account can sell on: those of its region, and those of none.
[[nodiscard]] std::vector<quayside::plugin::v1::Marketplace> MarketplacesOf(
    const quayside::plugin::v1::Manifest& manifest, const AccountRecord& account);

// Fills in the response. Asks the plugin, until `deadline` at the latest. CHANNEL_NOT_FOUND, and what is about the
// asking and not about the channel (RATE_LIMITED, a fault).
[[nodiscard]] absl::Status CheckChannel(const ApiContext& context, CallTime deadline, const std::string& channel_id,
                                        api::TestChannelResponse& response);

}  // namespace quayside
