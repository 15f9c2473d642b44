// How a channel is made (ChannelService.CreateChannel).
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/channel_service.pb.h"

namespace quayside {

[[nodiscard]] absl::Status MakeChannel(const ApiContext& context, const quayside::v1::CreateChannelRequest& request,
                                       quayside::v1::CreateChannelResponse& response);

}  // namespace quayside
