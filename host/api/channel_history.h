// What a channel's configuration was, and who changed what.
#pragma once

#include "absl/status/status.h"
#include "host/store/store.h"
#include "quayside/v1/channel_service.pb.h"

namespace quayside {

// CHANNEL_NOT_FOUND when there never was one.
[[nodiscard]] absl::Status ShowChannelHistory(Store& store, const quayside::v1::ListChannelRevisionsRequest& request,
                                              quayside::v1::ListChannelRevisionsResponse& response);

}  // namespace quayside
